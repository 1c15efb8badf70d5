"""Writes tokens.json.gz: 10,000 strings (strings.py) and the token ids that the
tokenizers library gives them with all-MiniLM-L6-v2's tokenizer.json.

    python3 -m venv v && v/bin/pip install tokenizers
    v/bin/python tokens.py MODEL_FOLDER tokens.json.gz
"""
import gzip, json, sys
from pathlib import Path

from strings import strings
from tokenizers import Tokenizer

tok = Tokenizer.from_file(str(Path(sys.argv[1]) / "tokenizer.json"))
tok.no_padding()
tok.no_truncation()
vocab = sorted(v.removeprefix("##") for v in tok.get_vocab())
special = ["[CLS]", "[SEP]", "[MASK]", "[UNK]", "[PAD]", "[cls]", "[unused1]", "[MASK", "MASK]"]
rows = [[text, tok.encode(text).ids] for text in strings(10_000, vocab, special)]
data = json.dumps(rows, ensure_ascii=False, separators=(",", ":")).encode()
Path(sys.argv[2]).write_bytes(gzip.compress(data, 9, mtime=0))
