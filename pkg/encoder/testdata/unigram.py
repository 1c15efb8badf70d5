"""Writes unigram.json.gz: small Unigram tokenizers with the parts that multilingual models have, trained here, and for
each some strings (strings.py) with the token ids that the tokenizers library gives them. The normalization table is
SentencePiece's own nmt_nfkc, as in XLM-RoBERTa. FOLDER, if given, is a model whose tokenizer.json is used instead.

    python3 -m venv v && v/bin/pip install tokenizers sentencepiece protobuf
    v/bin/python unigram.py unigram.json.gz [FOLDER]
"""
import base64, gzip, io, json, random, sys
from pathlib import Path
from pydoc_data import topics

import sentencepiece
from sentencepiece import sentencepiece_model_pb2
from strings import blocks, strings
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, trainers

special = ["<s>", "<pad>", "</s>", "<unk>"]
tried = special + ["<mask>", " <mask> ", "<MASK>", "<mask", "＜ｓ＞", "<s", "▁", "▁▁", "ﬁ\u0301", "か\u3099", "Å\u0301"]


def charsmap():
    made = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(sentence_iterator=iter(["hello world"] * 9), model_writer=made, vocab_size=12,
                                             normalization_rule_name="nmt_nfkc", minloglevel=2)
    m = sentencepiece_model_pb2.ModelProto()
    m.ParseFromString(made.getvalue())
    return m.normalizer_spec.precompiled_charsmap


def train(table):
    rnd = random.Random(7)
    text = [line for t in topics.topics.values() for line in t.splitlines()]
    for b in rnd.sample(blocks, len(blocks) // 8):  # other characters are unknown
        some = rnd.sample(b, min(len(b), 16))
        words = ["".join(rnd.choices(some, k=rnd.randint(1, 5))) for _ in range(20)]
        text += [" ".join(rnd.choices(words, k=8)) for _ in range(10)]
    tok = Tokenizer(models.Unigram())
    tok.normalizer = normalizers.Precompiled(table)
    tok.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace()])
    tok.train_from_iterator(text, trainers.UnigramTrainer(vocab_size=6000, show_progress=False, unk_token="<unk>", special_tokens=special))
    made = json.loads(tok.to_str())["model"]["vocab"]
    # Rounded, since the library reads long fractions one unit off, which decides between equal sums.
    return [[p, round(s, 6)] for p, s in made] + [[f"<0x{b:02X}>", -20.0] for b in range(256)] + [["<mask>", 0.0]]


def base(vocab, table):
    added = [(i, s) for i, s in enumerate(special)] + [(len(vocab) - 1, "<mask>")]
    return {
        "version": "1.0", "truncation": None, "padding": None, "decoder": None,
        "added_tokens": [{"id": i, "content": s, "single_word": False, "lstrip": s == "<mask>", "rstrip": False, "normalized": False, "special": True} for i, s in added],
        "normalizer": {"type": "Precompiled", "precompiled_charsmap": base64.b64encode(table).decode()},
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": [{"type": "WhitespaceSplit"}, {"type": "Metaspace", "replacement": "▁", "add_prefix_space": True}]},
        "post_processor": {"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "<s>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}, {"SpecialToken": {"id": "</s>", "type_id": 0}}], "pair": [],
                           "special_tokens": {s: {"id": s, "ids": [i], "tokens": [s]} for i, s in ((0, "<s>"), (2, "</s>"))}},
        "model": {"type": "Unigram", "unk_id": 3, "vocab": vocab},
    }


def variants(t):
    """The same as converters of today write it, and one with everything else."""
    yield "xlm-roberta", dict(t), 10_000
    table = t["normalizer"]
    yield "converted", t | {
        "normalizer": {"type": "Sequence", "normalizers": [table, {"type": "Strip", "strip_left": False, "strip_right": True},
                                                           {"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": "▁"}]},
        "pre_tokenizer": {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": True}}, 2_000
    if t["model"]["vocab"][-2][0] != "<0xFF>":  # a real model without tokens for bytes
        return
    added = [a | {"normalized": a["content"] == "<mask>", "rstrip": True} for a in t["added_tokens"]]
    added.append(added[-1] | {"id": 5, "content": t["model"]["vocab"][5][0].strip("▁"), "single_word": True, "lstrip": False, "rstrip": False})
    yield "others", t | {
        "added_tokens": added,
        "normalizer": {"type": "Sequence", "normalizers": [{"type": "Replace", "pattern": {"String": "a"}, "content": "A"}, table]},
        "pre_tokenizer": {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "first", "split": False},
        "post_processor": {"type": "RobertaProcessing", "sep": ["</s>", 2], "cls": ["<s>", 0], "trim_offsets": True, "add_prefix_space": False},
        "model": {"type": "Unigram", "unk_id": 3, "vocab": t["model"]["vocab"], "byte_fallback": True}}, 2_000


if len(sys.argv) > 2:
    t = json.loads((Path(sys.argv[2]) / "tokenizer.json").read_text())
else:
    table = charsmap()
    t = base(train(table), table)
vocab, table = t["model"]["vocab"], t["normalizer"]["precompiled_charsmap"]
words = sorted(p.strip("▁") or "a" for p, _ in vocab)
out = {"vocab": vocab, "charsmap": table, "variants": []}  # once, in place of "@vocab" and "@charsmap"
for name, v, n in variants(t):
    tok = Tokenizer.from_str(json.dumps(v))
    rows = [[text, tok.encode(text).ids] for text in strings(n, words, tried, seed=len(name))]
    v["model"] = v["model"] | {"vocab": "@vocab"}
    v = json.loads(json.dumps(v).replace(table, "@charsmap"))
    out["variants"].append({"name": name, "tokenizer": v, "rows": rows})
data = json.dumps(out, ensure_ascii=False, separators=(",", ":")).encode()
Path(sys.argv[1]).write_bytes(gzip.compress(data, 9, mtime=0))
