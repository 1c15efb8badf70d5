"""Writes minilm.json: the vectors of fixed texts, computed in float64 by numpy
from the weights of all-MiniLM-L6-v2 and the tokenizers library.

    python3 -m venv v && v/bin/pip install numpy tokenizers
    v/bin/python reference.py MODEL_FOLDER > minilm.json
"""
import json, struct, sys
from math import erf
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer

folder = Path(sys.argv[1])
raw = (folder / "model.safetensors").read_bytes()
size = struct.unpack("<Q", raw[:8])[0]
W = {}
for name, t in json.loads(raw[8 : 8 + size]).items():
    if t.get("dtype") == "F32":
        a, b = t["data_offsets"]
        W[name] = np.frombuffer(raw[8 + size + a : 8 + size + b], np.float32).reshape(t["shape"]).astype(np.float64)
tok = Tokenizer.from_file(str(folder / "tokenizer.json"))
tok.no_padding()
tok.enable_truncation(256)
verf = np.vectorize(erf)


def norm(x, p):
    x = (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + 1e-12)
    return x * W[p + ".weight"] + W[p + ".bias"]


def linear(x, p):
    return x @ W[p + ".weight"].T + W[p + ".bias"]


def embed(text):
    ids = tok.encode(text).ids
    n = len(ids)
    e = "embeddings."
    x = W[e + "word_embeddings.weight"][ids] + W[e + "position_embeddings.weight"][:n] + W[e + "token_type_embeddings.weight"][0]
    x = norm(x, e + "LayerNorm")
    for i in range(6):
        p = f"encoder.layer.{i}."
        q, k, v = (linear(x, p + "attention.self." + z).reshape(n, 12, 32).transpose(1, 0, 2) for z in ("query", "key", "value"))
        s = q @ k.transpose(0, 2, 1) / np.sqrt(32)
        s = np.exp(s - s.max(-1, keepdims=True))
        s /= s.sum(-1, keepdims=True)
        a = (s @ v).transpose(1, 0, 2).reshape(n, 384)
        x = norm(x + linear(a, p + "attention.output.dense"), p + "attention.output.LayerNorm")
        g = linear(x, p + "intermediate.dense")
        x = norm(x + linear(g * 0.5 * (1 + verf(g / np.sqrt(2))), p + "output.dense"), p + "output.LayerNorm")
    m = x.mean(0)
    return m / np.linalg.norm(m)


texts = ["How do I reload systemd units?", "", "naïve café — 東京 is big 🙂", "the quick brown fox",
         "func (e *Encoder) Close() error { return nil }", "word " * 400]
rows = [json.dumps({"text": t, "vector": [round(float(v), 6) for v in embed(t)]}, ensure_ascii=False, separators=(",", ":")) for t in texts]
print("[\n" + ",\n".join(rows) + "\n]")
