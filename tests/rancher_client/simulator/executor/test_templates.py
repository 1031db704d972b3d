"""Go templates in compose texts (rancher-1.6-api.md 3.4)."""

from __future__ import annotations

import pytest

from rancher_client.simulator.executor import Refusal
from rancher_client.simulator.executor.templates import applied

DATA = {
    "Values": {"A": "1", "LIST": "x,y", "EMPTY": ""},
    "Stack": {"Name": "shop", "Version": "2", "PreviousVersion": "1"},
    "Environment": {"Name": "Default"},
}


@pytest.mark.parametrize(
    ("text", "becomes"),
    [
        ("plain", "plain"),
        ("{{ .Values.A }}", "1"),
        ("{{.Stack.Name}}-{{.Environment.Name}}", "shop-Default"),
        ("{{ .Values.NOT }}|{{ .Name }}", "<no value>|<no value>"),
        ("a\n{{- if .Values.A }}\nb\n{{- end }}\nc", "a\nb\nc"),
        ("{{ if .Values.EMPTY }}b{{ else }}c{{ end }}", "c"),
        ("{{ if .Values.EMPTY }}b{{ else if .Values.A }}c{{ else }}d{{ end }}", "c"),
        ('{{ if eq .Values.A "1" }}b{{ end }}', "b"),
        ('{{ if and (eq .Values.A "1") (ne .Stack.Name "x") }}b{{ end }}', "b"),
        ('{{ .Values.EMPTY | default "d" | upper }}', "D"),
        ('{{ range split "," .Values.LIST }}[{{ . }}]{{ end }}', "[x][y]"),
        ("{{ with .Stack }}{{ .Name }}{{ end }}", "shop"),
        ("a {{- /* nothing */ -}} b", "ab"),
        ("# notemplating\n{{ .Values.A }}", "# notemplating\n{{ .Values.A }}"),
    ],
)
def test_actions_are_carried_out(text: str, becomes: str) -> None:
    assert applied(text, DATA) == becomes


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a\nb: {{ range }\n", 'template: template:2: unexpected "}" in range'),
        ("{{ if .A }}b", "template: template:1: unexpected EOF"),
        ("b{{ end }}", "template: template:1: unexpected {{end}}"),
        ("{{ nothing .A }}", 'template: template:1: function "nothing" not defined'),
    ],
)
def test_wrong_syntax_is_refused_with_its_line(text: str, words: str) -> None:
    with pytest.raises(Refusal) as caught:
        applied(text, DATA)

    assert caught.value.text == words


def test_the_text_ends_where_an_action_cannot_be_carried_out() -> None:
    assert applied("a{{ .Values.A.B.C }}b", DATA) == "a"
