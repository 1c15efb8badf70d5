package search

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// normalize brings a text into the form that is split: NFKC, without what is not
// seen (soft hyphens, joiners, marks of direction, Arabic stretching), with the
// digits of every script as 0 to 9.
func normalize(s string) string {
	if isASCII(s) {
		return s
	}
	return strings.Map(func(r rune) rune {
		switch {
		case r < 0x80:
			return r
		case r == 0x00AD || r == 0x034F || r == 0x0640 || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Variation_Selector, r):
			return -1
		case unicode.IsDigit(r):
			return '0' + digit(r)
		}
		return r
	}, norm.NFKC.String(s))
}

// digit is the value of a decimal digit: ten of a script follow each other.
func digit(r rune) rune {
	for _, x := range unicode.Nd.R16 {
		if rune(x.Lo) <= r && r <= rune(x.Hi) {
			return (r - rune(x.Lo)) % 10
		}
	}
	for _, x := range unicode.Nd.R32 {
		if rune(x.Lo) <= r && r <= rune(x.Hi) {
			return (r - rune(x.Lo)) % 10
		}
	}
	return 0
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// letters that no decomposition parts from their marks, and the sigma at the end
// of words.
var letters = strings.NewReplacer("ß", "ss", "æ", "ae", "œ", "oe", "ø", "o", "ł", "l", "đ", "d", "ð", "d", "þ", "th", "ħ", "h", "ı", "i", "ς", "σ")

// fold removes the marks of Latin and Greek letters.
func fold(w string) string {
	if isASCII(w) {
		return w
	}
	var b strings.Builder
	for _, r := range norm.NFD.String(w) {
		if r < 0x300 || r > 0x36f {
			b.WriteRune(r)
		}
	}
	return letters.Replace(b.String())
}

// appendScript adds a word in small letters that are not ASCII, in the forms that
// find it: as it is, and as its script writes it plainly, without endings.
func appendScript(out []token, w string) []token {
	exact, plainly, word := w, w, ""
	switch r, _ := utf8.DecodeRuneInString(w); {
	case unicode.Is(unicode.Hangul, r):
		return appendHangul(out, w)
	case unicode.Is(unicode.Cyrillic, r):
		exact = strings.ReplaceAll(w, "ё", "е")
		plainly = russianStem(exact)
	case unicode.Is(unicode.Greek, r):
		plainly = greek(fold(w))
	case unicode.Is(unicode.Arabic, r):
		exact = arabicLetters.Replace(withoutMarks(w))
		plainly = arabic(exact)
		word = exact
	case unicode.Is(unicode.Hebrew, r):
		exact = hebrewLetters.Replace(withoutMarks(w))
		plainly = hebrew(exact)
	case unicode.Is(unicode.Devanagari, r):
		exact = devanagariLetters.Replace(w)
		plainly = devanagari(exact)
	default:
		if f := fold(w); f != w && f != "" {
			return append(out, token{text: w, word: w, exact: true}, token{word: w})
		}
	}
	switch {
	case plainly == "":
		return appendToken(out, exact)
	case frequent[exact]:
		return append(out, token{text: exact, silent: true})
	case plainly != exact:
		out = appendToken(out, exact)
	}
	return append(out, token{text: plainly, word: word})
}

// frequent are words of scripts that share no word with Latin which say nothing.
var frequent = set("и в во не что он на я с со как а то все она так его но да ты к у же вы за бы по от из о для это этот быть или если когда где кто чем при также который которые " +
	"та що як для від або це є на до и е се от за че са του της το τα η ο οι και να σε με για από στο στη στην των τον την που είναι ειναι δεν θα ως τι πως πώς " +
	"في من علي الي عن ان هذا هذه التي الذي ما هو هي كيف لا مع او و در به از که این را با است برای של את על עם זה זו לא או כי אם מה איך הוא היא כל " +
	"है हैं के का की को में से और पर यह वह एक ने भी कि जो नहीं था थे तो ही या कैसे क्या")

func withoutMarks(w string) string {
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return r
	}, norm.NFD.String(w))
}

// Letters that are written in several ways: of Arabic and Persian, and those that
// Hebrew has another form of at the end of words. Marks are gone before.
var (
	arabicLetters     = strings.NewReplacer("ٱ", "ا", "ى", "ي", "ی", "ي", "ې", "ي", "ک", "ك", "ة", "ه", "ۀ", "ه", "ە", "ه")
	hebrewLetters     = strings.NewReplacer("ך", "כ", "ם", "מ", "ן", "נ", "ף", "פ", "ץ", "צ")
	devanagariLetters = strings.NewReplacer("\u093c", "", "ँ", "ं")
)

// trimmed cuts the longest of some endings, ordered by length, that leaves at
// least so many letters.
func trimmed(w string, least int, endings []string) string {
	for _, e := range endings {
		if strings.HasSuffix(w, e) && utf8.RuneCountInString(w)-utf8.RuneCountInString(e) >= least {
			return strings.TrimSuffix(w, e)
		}
	}
	return w
}

var (
	greekEndings = strings.Fields("ματων ματοσ ουμε ουνε ησεισ ησεων ματα εισ εων ουσ ουν ιων ιου ιεσ αει ετε ται εσ οσ ου οι ων ασ ησ ισ ια ιο εα α ε η ι ο υ ω")
	// Suffixes of plurals, comparison, possession and "is", of Persian.
	persianEndings = strings.Fields("هايشان هايمان هايتان هايي هايش هايم هاي ترين شان مان تان ها اي تر ات ان")
	// Endings of Hindi's lightweight stemmer (Ramanathan, Rao: "A Lightweight Stemmer for Hindi", 2003), the longest of each kind.
	hindiEndings = strings.Fields("ाएंगी ाएंगे ाऊंगी ाऊंगा ियों ियां ियाँ ाओं ाएं ुओं ुएं ेगा ेगी ोगे ाना ाने ाकर ाया ाई ाए ता ती ते ना नी ने ीं कर ों ें ो े ू ु ी ि ा")
	particles    = strings.Fields("에서는 으로는 에서 에게 으로 부터 까지 처럼 보다 하고 이나 은 는 이 가 을 를 의 에 와 과 도 로 만")
)

func greek(w string) string      { return trimmed(w, 3, greekEndings) }
func devanagari(w string) string { return trimmed(w, 2, hindiEndings) }
func persian(w string) string    { return trimmed(strings.TrimPrefix(w, "مي"), 2, persianEndings) }

// arabic is the Light10 stemmer (Larkey, Ballesteros, Connell: "Light Stemming for
// Arabic Information Retrieval", 2007).
func arabic(w string) string {
	if rest, ok := strings.CutPrefix(w, "و"); ok && utf8.RuneCountInString(rest) >= 3 {
		w = rest
	}
	for _, article := range []string{"ال", "بال", "كال", "فال", "لل"} {
		if rest, ok := strings.CutPrefix(w, article); ok && utf8.RuneCountInString(rest) >= 2 {
			w = rest
			break
		}
	}
	for _, ending := range []string{"ها", "ان", "ات", "ون", "ين", "يه", "ه", "ي"} {
		w = trimmed(w, 2, []string{ending})
	}
	return w
}

// hebrew cuts the letters before a word that stand for and, the, in, as, to, from
// and that, as long as three are left, and the ending of a plural.
func hebrew(w string) string {
	for n := utf8.RuneCountInString(w); n > 3; n-- {
		r, size := utf8.DecodeRuneInString(w)
		if !strings.ContainsRune("משהוכלב", r) {
			break
		}
		w = w[size:]
	}
	return trimmed(w, 3, []string{"ימ", "ות", "ה", "ת", "י"})
}

// appendHangul adds a word of Korean, whose particles and endings follow without
// a space: as it is, without a particle, and in pairs.
func appendHangul(out []token, w string) []token {
	out = appendToken(out, w)
	short := trimmed(w, 1, particles)
	switch n := utf8.RuneCountInString(w); {
	case n > 2:
		if utf8.RuneCountInString(short) > 2 && short != w {
			out = appendToken(out, short)
		}
		return appendPairs(out, w)
	case short != w:
		out = appendToken(out, short)
	}
	return out
}

// unspaced reports whether a letter is of a script that writes no spaces between
// words.
func unspaced(r rune) bool {
	return r > 0x0E00 && (r == 'ー' || unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Khmer, unicode.Lao, unicode.Myanmar))
}

// appendPairs adds a word without spaces as pairs of letters, which their marks
// and what is written below them belong to, and Han also one by one.
func appendPairs(out []token, w string) []token {
	before, last := 0, 0 // where the two last letters begin
	stacked, n := false, 0
	for i, r := range w {
		if i == 0 || unicode.IsMark(r) || stacked {
			stacked = r == 0x17D2 || r == 0x1039 // what follows is written below
			continue
		}
		if n > 0 {
			out = appendToken(out, w[before:i])
		}
		out = appendHan(out, w[last:i])
		before, last, n = last, i, n+1
	}
	if n == 0 {
		return appendToken(out, w)
	}
	return appendHan(appendToken(out, w[before:]), w[last:])
}

func appendHan(out []token, letter string) []token {
	if r, _ := utf8.DecodeRuneInString(letter); unicode.Is(unicode.Han, r) {
		return appendToken(out, letter)
	}
	return out
}
