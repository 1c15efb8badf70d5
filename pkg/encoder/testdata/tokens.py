"""Writes tokens.json.gz: 10,000 strings of every script, with emoji, control
characters, unassigned code points and noise, and the token ids that the
tokenizers library gives them with all-MiniLM-L6-v2's tokenizer.json.

    python3 -m venv v && v/bin/pip install tokenizers
    v/bin/python tokens.py MODEL_FOLDER tokens.json.gz
"""
import gzip, json, random, sys, unicodedata
from pathlib import Path

from tokenizers import Tokenizer

tok = Tokenizer.from_file(str(Path(sys.argv[1]) / "tokenizer.json"))
tok.no_padding()
tok.no_truncation()
vocab = [v.removeprefix("##") for v in tok.get_vocab()]
vocab.sort()
rnd = random.Random(42)

# Blocks of 128 code points that have letters, marks or signs: every script.
blocks = []
for start in range(0, 0x110000, 128):
    chars = [chr(c) for c in range(start, start + 128) if unicodedata.category(chr(c)) not in ("Cn", "Cs", "Co")]
    if len(chars) > 8:
        blocks.append(chars)
signs = ".,;:!?-_/\\'\"()[]{}<>@#$%^&*+=|~`«»“”‘’—–…·、。！？"
spaces = [" ", "  ", "\t", "\n", "\r\n", "\u00a0", "\u2003", "\u3000", "\u2028", "\u200b", "\u0085", "\x0b", "\x1c", "\ufeff"]
controls = [chr(c) for c in range(32)] + ["\x7f", "\x80", "\x9f", "\u00ad", "\u200d", "\u2060", "\ufffd", "\ufffe", "\ue000", "\U000e0041", "\u0378", "\U0001f9ff", "\U000fffff"]
special = ["[CLS]", "[SEP]", "[MASK]", "[UNK]", "[PAD]", "[cls]", "[unused1]", "[MASK", "MASK]"]
emoji = ["🙂", "👩‍👩‍👧", "👍🏽", "🇩🇪", "☕️", "❤️‍🔥", "1️⃣"]


def script():
    b = rnd.choice(blocks)
    return "".join(rnd.choice(b) for _ in range(rnd.randint(1, 12)))


def word():
    w = rnd.choice(vocab)
    return rnd.choice([w, w.upper(), w.capitalize(), w + rnd.choice(vocab), unicodedata.normalize("NFD", w)])


parts = [(script, 4), (word, 6), (lambda: rnd.choice(signs), 2), (lambda: rnd.choice(spaces), 3), (lambda: rnd.choice(controls), 1),
         (lambda: rnd.choice(emoji), 1), (lambda: rnd.choice(special), 0.3), (lambda: str(rnd.randint(0, 10**9)), 1),
         (lambda: rnd.choice(vocab) * 30, 0.05), (lambda: chr(rnd.choice([rnd.randrange(0xD800), rnd.randrange(0xE000, 0x110000)])), 2)]
rows = []
for _ in range(10_000):
    text = ""
    for _ in range(rnd.randint(0, 14)):
        text += rnd.choices([p for p, _ in parts], [w for _, w in parts])[0]()
        if rnd.random() < 0.5:
            text += " "
    rows.append([text, tok.encode(text).ids])
data = json.dumps(rows, ensure_ascii=False, separators=(",", ":")).encode()
Path(sys.argv[2]).write_bytes(gzip.compress(data, 9, mtime=0))
