// Judges what the ledger hands out with the libraries of Go's checksum database, which are not ours.
//
// Reads a JSON document and prints one line for each claim in it: its name and “true”, or why it is false.
package main

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type inclusion struct {
	Name  string
	Note  string
	Index int64
	Entry string
	Proof []string
}

type consistency struct {
	Name  string
	Old   string
	New   string
	Proof []string
}

type claims struct {
	Key         string
	Inclusion   []inclusion
	Consistency []consistency
}

func main() {
	var asked claims
	if err := json.NewDecoder(os.Stdin).Decode(&asked); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	for _, claim := range asked.Inclusion {
		say(claim.Name, isIncluded(asked.Key, claim))
	}
	for _, claim := range asked.Consistency {
		say(claim.Name, isConsistent(asked.Key, claim))
	}
}

func say(name string, fault error) {
	if fault != nil {
		fmt.Printf("%s: %v\n", name, fault)
		return
	}
	fmt.Printf("%s: true\n", name)
}

func isIncluded(key string, claim inclusion) error {
	size, root, err := opened(key, claim.Note)
	if err != nil {
		return err
	}
	proof, err := hashes(claim.Proof)
	if err != nil {
		return err
	}
	return tlog.CheckRecord(proof, size, root, claim.Index, tlog.RecordHash([]byte(claim.Entry)))
}

func isConsistent(key string, claim consistency) error {
	oldSize, oldRoot, err := opened(key, claim.Old)
	if err != nil {
		return err
	}
	newSize, newRoot, err := opened(key, claim.New)
	if err != nil {
		return err
	}
	proof, err := hashes(claim.Proof)
	if err != nil {
		return err
	}
	return tlog.CheckTree(proof, newSize, newRoot, oldSize, oldRoot)
}

// opened is what a checkpoint says that the key has signed.
func opened(key, text string) (size int64, root tlog.Hash, err error) {
	verifier, err := note.NewVerifier(key)
	if err != nil {
		return 0, root, err
	}
	signed, err := note.Open([]byte(text), note.VerifierList(verifier))
	if err != nil {
		return 0, root, err
	}
	lines := strings.Split(signed.Text, "\n")
	if len(lines) != 4 || lines[0] != verifier.Name() || lines[3] != "" {
		return 0, root, fmt.Errorf("no checkpoint of %s", verifier.Name())
	}
	if size, err = strconv.ParseInt(lines[1], 10, 64); err != nil {
		return 0, root, err
	}
	root, err = tlog.ParseHash(lines[2])
	return size, root, err
}

func hashes(written []string) ([]tlog.Hash, error) {
	var found []tlog.Hash
	for _, each := range written {
		if _, err := base64.StdEncoding.DecodeString(each); err != nil {
			return nil, err
		}
		hash, err := tlog.ParseHash(each)
		if err != nil {
			return nil, err
		}
		found = append(found, hash)
	}
	return found, nil
}
