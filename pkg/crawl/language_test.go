package crawl_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"panther/pkg/crawl/source"
)

// The language of a document is what its source says, else its page or server,
// else what its words tell.
func TestTheLanguageOfADocument(t *testing.T) {
	t.Parallel()
	const text = "Die Datei wird nach dem Start nicht gelesen, wenn sie leer ist."
	s := newSite(t)
	html := func(attr string) string {
		return "<html" + attr + "><title>Seite</title><body><main><h1>Seite</h1><p>" + strings.Repeat(text+" ", 3) + attr + "</p></main></body></html>"
	}
	s.page("/", doc("Start", "/said", "/header", "/several", "/note.md", "/code.md"))
	s.handle("/said", serve("text/html", html(` lang="pt-BR"`)))
	header := func(value string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Language", value)
			serve("text/html", html(fmt.Sprintf(" id=%q", value)))(w, r)
		}
	}
	s.handle("/header", header("fr"))
	s.handle("/several", header("fr, en"))
	s.handle("/note.md", serve("text/markdown", "---\nlanguage: nl_BE\n---\n\n# Notiz\n\nText."))
	s.handle("/code.md", serve("text/markdown", "---\nlanguage: Go programs\n---\n\n# Datei\n\n"+text))
	for language, want := range map[string]map[string]string{
		"":   {"/said": "pt-BR", "/header": "fr", "/several": "de", "/note.md": "nl-BE", "/code.md": "de"},
		"sv": {"/said": "sv", "/header": "sv", "/several": "sv", "/note.md": "sv", "/code.md": "sv"},
	} {
		src := web(s)
		src.Language = language
		b := newBench(t, src)
		b.must("6 new")
		for path, lang := range want {
			d, err := b.db.Document(t.Context(), s.URL+path)
			if err != nil || d.Language != lang {
				t.Errorf("source in %q: %s is in %q, want %q: %v", language, path, d.Language, lang, err)
			}
		}
	}
	for tag, ok := range map[string]bool{"de": true, "pt-BR": true, "": true, "Deutsch!": false} {
		src := source.Source{Name: "a", Kind: source.Web, URL: s.URL, Language: tag}
		if err := src.Validate("source"); (err == nil) != ok {
			t.Errorf("language %q: %v", tag, err)
		}
	}
}
