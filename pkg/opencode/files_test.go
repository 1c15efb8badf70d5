package opencode

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"panther/pkg/llm/scripted"
	"panther/pkg/opencode/api"
	"panther/pkg/opencode/models"
)

// Files that a person shows reach a model that reads them, in the turn and in the
// next; for one that does not the prompt is refused and says which one does.
func TestFilesOfPrompts(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var bodies []string
	h := scripted.Handler(func(scripted.Request) scripted.Reply { return scripted.Reply{Text: "I see."} })
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		mu.Lock()
		bodies = append(bodies, string(b))
		mu.Unlock()
		r.Body = io.NopCloser(strings.NewReader(string(b)))
		h.ServeHTTP(w, r)
	}))
	t.Cleanup(srv.Close)
	w := newWorld(t, func(c *Config) {
		c.Providers = []models.Provider{{Name: "test", Kind: "openai", URL: srv.URL + "/v1", Models: []models.Model{{ID: "blind"}, {ID: "sees", Inputs: []string{"image"}}}}}
	})
	show := func(session, model, url string) (*api.MessageWithParts, error) {
		p := api.Ask("What is it?")
		p.Parts = append(p.Parts, api.PromptPart{Type: api.PartFile, Filename: "a.file", URL: url})
		p.Model = &api.ModelRef{ProviderID: "test", ModelID: model}
		return w.client.Prompt(t.Context(), session, p)
	}
	s := w.session()
	const image, pdf, text = "data:image/png;base64,UE5H", "data:application/pdf;base64,UERG", "data:text/plain;charset=utf-8;base64,emVicmE="
	for _, tc := range []struct{ model, url, want string }{
		{"sees", image, ""},
		{"sees", text, ""},
		{"blind", text, ""},
		{"blind", image, "choose test/sees"},
		{"sees", pdf, "set inputs"},
		{"sees", "data:image/tiff;base64,UE5H", "only files of text"},
		{"sees", "data:image/png;base64,%", "not valid base64"},
		{"sees", "https://example.org/a.png", "data: URL"},
	} {
		_, err := show(s.ID, tc.model, tc.url)
		said := ""
		if e := (*api.Error)(nil); errors.As(err, &e) {
			said = e.Message() + e.Hint
		}
		if (err == nil) != (tc.want == "") || !strings.Contains(said, tc.want) {
			t.Errorf("%s %.30s: %v", tc.model, tc.url, err)
		}
	}
	mu.Lock()
	defer mu.Unlock()
	if len(bodies) != 3 {
		t.Fatalf("the models were asked %d times", len(bodies))
	}
	for i, want := range []struct{ image, text bool }{{true, false}, {true, true}, {false, true}} {
		if got := strings.Contains(bodies[i], image); got != want.image {
			t.Errorf("request %d shows the image: %t", i, got)
		}
		if got := strings.Contains(bodies[i], "zebra"); got != want.text {
			t.Errorf("request %d has the text: %t", i, got)
		}
	}
}
