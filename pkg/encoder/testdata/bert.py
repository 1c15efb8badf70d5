"""The forward pass of BERT and XLM-RoBERTa in float64, as their papers and transformers have it."""
import json, struct
from math import erf
from pathlib import Path

import numpy as np

verf = np.vectorize(erf)


def weights(raw):
    """Reads a safetensors file."""
    size = struct.unpack("<Q", raw[:8])[0]
    out = {}
    for name, t in json.loads(raw[8 : 8 + size]).items():
        if name != "__metadata__":
            a, b = t["data_offsets"]
            data = raw[8 + size + a : 8 + size + b]
            v = {"F32": lambda: np.frombuffer(data, np.float32), "F16": lambda: np.frombuffer(data, np.float16), "I64": lambda: np.frombuffer(data, np.int64),
                 "BF16": lambda: (np.frombuffer(data, np.uint16).astype(np.uint32) << 16).view(np.float32)}[t["dtype"]]()
            out[name.removeprefix("roberta.")] = v.reshape(t["shape"]).astype(np.float64)
    return out


class Model:
    def __init__(self, folder):
        folder = Path(folder)
        self.W = weights((folder / "model.safetensors").read_bytes())
        self.cfg = json.loads((folder / "config.json").read_text())
        self.cls = json.loads((folder / "1_Pooling/config.json").read_text()).get("pooling_mode_cls_token")

    def norm(self, x, p):
        x = (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + self.cfg["layer_norm_eps"])
        return x * self.W[p + ".weight"] + self.W[p + ".bias"]

    def linear(self, x, p):
        return x @ self.W[p + ".weight"].T + self.W[p + ".bias"]

    def positions(self, ids):
        if self.cfg["model_type"] == "bert":
            return np.arange(len(ids))
        pad = self.cfg["pad_token_id"]  # transformers' create_position_ids_from_input_ids
        mask = (np.array(ids) != pad).astype(int)
        return np.cumsum(mask) * mask + pad

    def embed(self, ids):
        c, n, e = self.cfg, len(ids), "embeddings."
        heads, size = c["num_attention_heads"], c["hidden_size"] // c["num_attention_heads"]
        x = self.W[e + "word_embeddings.weight"][ids] + self.W[e + "position_embeddings.weight"][self.positions(ids)] + self.W[e + "token_type_embeddings.weight"][0]
        x = self.norm(x, e + "LayerNorm")
        for i in range(c["num_hidden_layers"]):
            p = f"encoder.layer.{i}."
            q, k, v = (self.linear(x, p + "attention.self." + z).reshape(n, heads, size).transpose(1, 0, 2) for z in ("query", "key", "value"))
            s = q @ k.transpose(0, 2, 1) / np.sqrt(size)
            s = np.exp(s - s.max(-1, keepdims=True))
            s /= s.sum(-1, keepdims=True)
            a = (s @ v).transpose(1, 0, 2).reshape(n, heads * size)
            x = self.norm(x + self.linear(a, p + "attention.output.dense"), p + "attention.output.LayerNorm")
            g = self.linear(x, p + "intermediate.dense")
            x = self.norm(x + self.linear(g * 0.5 * (1 + verf(g / np.sqrt(2))), p + "output.dense"), p + "output.LayerNorm")
        m = x[0] if self.cls else x.mean(0)
        return m / np.linalg.norm(m)  # also where the folder leaves it to whoever compares
