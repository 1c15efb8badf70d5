package search

import (
	"sync"

	"github.com/blevesearch/snowballstem"
	"github.com/blevesearch/snowballstem/danish"
	"github.com/blevesearch/snowballstem/dutch"
	"github.com/blevesearch/snowballstem/english"
	"github.com/blevesearch/snowballstem/finnish"
	"github.com/blevesearch/snowballstem/french"
	"github.com/blevesearch/snowballstem/german"
	"github.com/blevesearch/snowballstem/hungarian"
	"github.com/blevesearch/snowballstem/irish"
	"github.com/blevesearch/snowballstem/italian"
	"github.com/blevesearch/snowballstem/norwegian"
	"github.com/blevesearch/snowballstem/portuguese"
	"github.com/blevesearch/snowballstem/romanian"
	"github.com/blevesearch/snowballstem/russian"
	"github.com/blevesearch/snowballstem/spanish"
	"github.com/blevesearch/snowballstem/swedish"
	"github.com/blevesearch/snowballstem/turkish"
)

// Mark begins silent terms, and is in the terms of a language whose words share an
// alphabet with others:
// LANGUAGE·STEM. A word of English, and of a document whose language nobody
// knows, has a plain term.
const Mark = "·"

// stemmers are those of Snowball for the languages in Latin letters but English.
var stemmers = map[string]func(*snowballstem.Env) bool{
	"da": danish.Stem, "de": german.Stem, "es": spanish.Stem, "fi": finnish.Stem, "fr": french.Stem, "ga": irish.Stem, "hu": hungarian.Stem, "it": italian.Stem,
	"nl": dutch.Stem, "no": norwegian.Stem, "pt": portuguese.Stem, "ro": romanian.Stem, "sv": swedish.Stem, "tr": turkish.Stem,
}

var envs = sync.Pool{New: func() any { return snowballstem.NewEnv("") }}

func stemBy(stem func(*snowballstem.Env) bool, w string) string {
	env := envs.Get().(*snowballstem.Env)
	env.SetCurrent(w)
	stem(env)
	w = env.Current()
	envs.Put(env)
	return w
}

// plain is the plain term of a word in small letters without marks.
func plain(w string) string {
	if !lettersOnly(w) {
		return w // of an alphabet without marks
	}
	return stemBy(english.Stem, w)
}

func lettersOnly(w string) bool {
	for i := range len(w) {
		if w[i] < 'a' || w[i] > 'z' {
			return false
		}
	}
	return true
}

// termIn is the term of a word in an inflected language, silent where the word is
// one of those that say nothing there.
func termIn(lang, w string) (term string, silent bool) {
	switch {
	case lang == "fa":
		return "fa" + Mark + persian(w), false
	case functionWords[lang][w]:
		return w, true
	}
	return lang + Mark + fold(stemBy(stemmers[lang], w)), false
}

// inflected reports whether a language has terms of its own.
func inflected(lang string) bool { return lang == "fa" || stemmers[lang] != nil }

func russianStem(w string) string { return stemBy(russian.Stem, w) }
