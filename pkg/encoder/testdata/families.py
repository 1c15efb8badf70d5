"""Writes families.json.gz: for each family of models a small folder with random weights, its files as the family's authors
publish them (poolings, normalization, architecture, type of weights), and vectors by bert.py.

    python3 -m venv v && v/bin/pip install numpy tokenizers
    v/bin/python families.py families.json.gz
"""
import base64, gzip, json, struct, sys, tempfile
from pathlib import Path

import numpy as np
from bert import Model
from tokenizers import Tokenizer

H, F, LAYERS = 64, 64, 2
words = "query : passage represent this sentence for searching relevant passages the run ##ning cafe index table 東 京 , ? a b ##c".split()
wordpiece = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"] + words
unigram = ["<s>", "<pad>", "</s>", "<unk>"] + ["▁" + w.strip("#") for w in words] + ["▁", "a", "e", "n", "r", "s", "t", "東京", "é", ":"]
texts = ["query: the running index", "", "a café in 東京, running?", "passage: bc the table", "the <pad> table [MASK]", "the index " * 40]


def bert_tokenizer():
    return {"added_tokens": [{"id": i, "content": w, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True} for i, w in enumerate(wordpiece[:5])],
            "normalizer": {"type": "BertNormalizer", "clean_text": True, "handle_chinese_chars": True, "strip_accents": None, "lowercase": True},
            "pre_tokenizer": {"type": "BertPreTokenizer"}, "post_processor": {"type": "BertProcessing", "sep": ["[SEP]", 3], "cls": ["[CLS]", 2]},
            "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##", "max_input_chars_per_word": 100, "vocab": {w: i for i, w in enumerate(wordpiece)}}}


def xlm_tokenizer():
    pieces = [[p, 0.0 if i < 4 else -2.0 - len(p) / 64] for i, p in enumerate(unigram)]
    return {"added_tokens": [{"id": i, "content": p, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True} for i, p in enumerate(unigram[:4])],
            "normalizer": None, "pre_tokenizer": {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": True},
            "post_processor": {"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "<s>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}, {"SpecialToken": {"id": "</s>", "type_id": 0}}], "pair": [],
                               "special_tokens": {"<s>": {"id": "<s>", "ids": [0], "tokens": ["<s>"]}, "</s>": {"id": "</s>", "ids": [2], "tokens": ["</s>"]}}},
            "model": {"type": "Unigram", "unk_id": 3, "vocab": pieces}}


def tensors(rnd, vocab, positions, types):
    r = lambda *shape: rnd.integers(-24, 25, shape) / 64  # exact in every type of weights
    yield "embeddings.word_embeddings.weight", r(vocab, H)
    yield "embeddings.position_embeddings.weight", r(positions, H)
    yield "embeddings.token_type_embeddings.weight", r(types, H)
    norms = ["embeddings.LayerNorm"]
    for i in range(LAYERS):
        p = f"encoder.layer.{i}."
        for name, n, k in [("attention.self.query", H, H), ("attention.self.key", H, H), ("attention.self.value", H, H), ("attention.output.dense", H, H), ("intermediate.dense", F, H), ("output.dense", H, F)]:
            yield p + name + ".weight", r(n, k)
            yield p + name + ".bias", r(n)
        norms += [p + "attention.output.LayerNorm", p + "output.LayerNorm"]
    for n in norms:
        yield n + ".weight", 1 + r(H)
        yield n + ".bias", r(H)


def safetensors(named, kind):
    head, body = {"__metadata__": {"format": "pt"}}, b""
    for name, v in named:
        v = v.astype(np.float32)
        raw = {"F32": lambda: v.tobytes(), "F16": lambda: v.astype(np.float16).tobytes(), "BF16": lambda: (v.view(np.uint32) >> 16).astype(np.uint16).tobytes()}[kind]()
        head[name] = {"dtype": kind, "shape": list(v.shape), "data_offsets": [len(body), len(body) + len(raw)]}
        body += raw
    h = json.dumps(head).encode()
    h += b" " * (-len(h) % 8)
    return struct.pack("<Q", len(h)) + h + body


def family(seed, arch="bert", kind="F32", cls=False, normalize=True, positions=32, types=2, prefix=""):
    tok = xlm_tokenizer() if arch == "xlm-roberta" or types == 2 and seed == 4 else bert_tokenizer()
    vocab = len(tok["model"]["vocab"]) + 3  # rounded up, as multilingual models are
    cfg = {"model_type": arch, "hidden_size": H, "num_hidden_layers": LAYERS, "num_attention_heads": 2, "intermediate_size": F, "max_position_embeddings": positions,
           "type_vocab_size": types, "vocab_size": vocab, "layer_norm_eps": 1e-5 if arch != "bert" else 1e-12, "hidden_act": "gelu", "pad_token_id": 1 if arch != "bert" else 0}
    st = "sentence_transformers.models."
    modules = [{"idx": 0, "name": "0", "path": "", "type": st + "Transformer"}, {"idx": 1, "name": "1", "path": "1_Pooling", "type": st + "Pooling"}]
    if normalize:
        modules.append({"idx": 2, "name": "2", "path": "2_Normalize", "type": st + "Normalize"})
    pooling = {"word_embedding_dimension": H, "pooling_mode_cls_token": cls, "pooling_mode_mean_tokens": not cls, "pooling_mode_max_tokens": False}
    rnd = np.random.default_rng(seed)
    return {"config.json": json.dumps(cfg), "modules.json": json.dumps(modules), "1_Pooling/config.json": json.dumps(pooling), "tokenizer.json": json.dumps(tok, ensure_ascii=False),
            "sentence_bert_config.json": json.dumps({"max_seq_length": 30, "do_lower_case": False}),
            "model.safetensors": safetensors(((prefix + n, v) for n, v in tensors(rnd, vocab, positions, types)), kind)}


families = {
    "all-MiniLM-L12-v2": family(0),
    "bge-small-en-v1.5": family(1, cls=True),
    "e5-small-v2": family(2),
    "gte-small": family(3, kind="F16"),
    "multilingual-MiniLM-L12-v2": family(4, normalize=False),
    "multilingual-e5-base": family(5, arch="xlm-roberta", kind="BF16", positions=34, types=1, prefix="roberta."),
}
out = []
for name, files in families.items():
    with tempfile.TemporaryDirectory() as d:
        for f, content in files.items():
            (Path(d) / f).parent.mkdir(exist_ok=True)
            (Path(d) / f).write_bytes(content if isinstance(content, bytes) else content.encode())
        model, tok = Model(d), Tokenizer.from_file(d + "/tokenizer.json")
        tok.enable_truncation(30)
        rows = [{"text": t, "vector": [round(float(v), 6) for v in model.embed(tok.encode(t).ids)]} for t in texts]
    out.append({"name": name, "files": {f: base64.b64encode(c if isinstance(c, bytes) else c.encode()).decode() for f, c in files.items()}, "rows": rows})
Path(sys.argv[1]).write_bytes(gzip.compress(json.dumps(out, separators=(",", ":")).encode(), 9, mtime=0))
