"""Writes minilm.json: the vectors of fixed texts by bert.py, from the weights of all-MiniLM-L6-v2 and the tokenizers library.

    python3 -m venv v && v/bin/pip install numpy tokenizers
    v/bin/python reference.py MODEL_FOLDER > minilm.json
"""
import json, sys
from pathlib import Path

from bert import Model
from tokenizers import Tokenizer

model = Model(sys.argv[1])
tok = Tokenizer.from_file(str(Path(sys.argv[1]) / "tokenizer.json"))
tok.no_padding()
tok.enable_truncation(256)
texts = ["How do I reload systemd units?", "", "naïve café — 東京 is big 🙂", "the quick brown fox",
         "func (e *Encoder) Close() error { return nil }", "word " * 400]
rows = [json.dumps({"text": t, "vector": [round(float(v), 6) for v in model.embed(tok.encode(t).ids)]}, ensure_ascii=False, separators=(",", ":")) for t in texts]
print("[\n" + ",\n".join(rows) + "\n]")
