"""Strings for tokenizer fixtures: every script, emoji, control characters, unassigned code points and noise."""
import random, unicodedata

# Blocks of 128 code points that have letters, marks or signs: every script.
blocks = []
for start in range(0, 0x110000, 128):
    chars = [chr(c) for c in range(start, start + 128) if unicodedata.category(chr(c)) not in ("Cn", "Cs", "Co")]
    if len(chars) > 8:
        blocks.append(chars)
signs = ".,;:!?-_/\\'\"()[]{}<>@#$%^&*+=|~`«»“”‘’—–…·、。！？"
spaces = [" ", "  ", "\t", "\n", "\r\n", "\u00a0", "\u2003", "\u3000", "\u2028", "\u200b", "\u0085", "\x0b", "\x1c", "\ufeff"]
controls = [chr(c) for c in range(32)] + ["\x7f", "\x80", "\x9f", "\u00ad", "\u200d", "\u2060", "\ufffd", "\ufffe", "\ue000", "\U000e0041", "\u0378", "\U0001f9ff", "\U000fffff"]
emoji = ["🙂", "👩‍👩‍👧", "👍🏽", "🇩🇪", "☕️", "❤️‍🔥", "1️⃣"]


def strings(n, vocab, special, seed=42):
    """Yields n strings of words of vocab, some of its special tokens, and all of the above."""
    rnd = random.Random(seed)

    def script():
        b = rnd.choice(blocks)
        return "".join(rnd.choice(b) for _ in range(rnd.randint(1, 12)))

    def word():
        w = rnd.choice(vocab)
        return rnd.choice([w, w.upper(), w.capitalize(), w + rnd.choice(vocab), unicodedata.normalize("NFD", w)])

    parts = [(script, 4), (word, 6), (lambda: rnd.choice(signs), 2), (lambda: rnd.choice(spaces), 3), (lambda: rnd.choice(controls), 1),
             (lambda: rnd.choice(emoji), 1), (lambda: rnd.choice(special), 0.3), (lambda: str(rnd.randint(0, 10**9)), 1),
             (lambda: rnd.choice(vocab) * 30, 0.05), (lambda: chr(rnd.choice([rnd.randrange(0xD800), rnd.randrange(0xE000, 0x110000)])), 2)]
    for _ in range(n):
        text = ""
        for _ in range(rnd.randint(0, 14)):
            text += rnd.choices([p for p, _ in parts], [w for _, w in parts])[0]()
            if rnd.random() < 0.5:
                text += " "
        yield text
