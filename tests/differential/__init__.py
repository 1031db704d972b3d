"""Two Rancher 1.6 servers side by side: the same random programs on both, and what they did differently.

| file | what it is |
| --- | --- |
| `steps` | the vocabulary: what one step of a program may be |
| `programs` | programs of each kind, drawn from a seed; nothing else decides what they are |
| `server` | one project of one server: requests, its clock, its levers |
| `levers` | hosts lost, health reported: what lies outside the API of a project |
| `pictures` | what is looked at of a settled stack, without all that differs from run to run |
| `player` | plays one program on one server and notes answer and settled picture of each step |
| `comparison` | two plays of the same program: what counts as equal |
| `moments` | two calls at the same moment: the classes of outcomes that a server permits |
| `report` | counts and first rows of what differs |

    python -m tests.differential A.json B.json --sequences 20 --seed 1 --steps 7

`docs/rancher-1.6.md` says what the files hold.
"""
