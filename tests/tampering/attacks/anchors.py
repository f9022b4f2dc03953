"""Copies of checkpoints outside the database."""

from __future__ import annotations

from random import Random

from audit.models import Checkpoint
from tests.tampering import changes
from tests.tampering.attack import Naming, events, found_by
from tests.tampering.scene import Scene, write


@found_by(events)
def change_a_byte_of_a_copy(scene: Scene, random: Random) -> Naming:
    path = random.choice(scene.kept())
    write(path, changes.flipped(random, path.read_bytes()))
    return (f"{path.parent.name}/{path.name}",)


@found_by(events)
def empty_a_copy(scene: Scene, random: Random) -> Naming:
    path = random.choice(scene.kept())
    write(path, random.choice([b"", b"\n", path.read_bytes()[:-1], path.read_bytes() * 200]))
    return (f"{path.parent.name}/{path.name}",)


@found_by(events)
def delete_copies(scene: Scene, random: Random) -> Naming:
    """The database says that they are kept."""
    kept = scene.kept()
    kept = [path for path in kept if Checkpoint.objects.filter(note=path.read_text()).exists()]
    gone = random.sample(kept, random.choice([1, 1, 2, len(kept)]))
    for path in gone:
        path.unlink()
    return tuple(f"{path.parent.name}/{path.name}" for path in gone)


@found_by(events)
def put_a_foreign_file_among_the_copies(scene: Scene, random: Random) -> Naming:
    epoch, size = random.choice([0, 1, 2, 3, 99]), random.randint(0, 200)
    path = scene.copies / str(epoch) / f"{size:020d}-1700000001.checkpoint"
    path.parent.mkdir(exist_ok=True)
    content = random.choice([b"", b"foreign", changes.foreign_note(size, random.randbytes(32), 1).encode()])
    write(path, content)
    return (f"{epoch}/{path.name}",)


@found_by(events)
def put_a_link_in_the_place_of_a_copy(scene: Scene, random: Random) -> Naming:
    path = random.choice(scene.kept())
    content = path.read_bytes()
    path.unlink()
    path.with_suffix(".elsewhere").write_bytes(content)
    path.symlink_to(path.with_suffix(".elsewhere"))
    return (path.name,)


@found_by(events)
def exchange_the_names_of_two_copies(scene: Scene, random: Random) -> Naming:
    first, second = random.sample(scene.kept(), 2)
    contents = first.read_bytes(), second.read_bytes()
    for path, content in ((first, contents[1]), (second, contents[0])):
        write(path, content)
    return tuple(f"{path.parent.name}/{path.name}" for path in (first, second))
