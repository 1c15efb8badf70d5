package embed

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"panther/pkg/sd"
)

func train(h http.Handler, body string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/v1/train", strings.NewReader(body)))
	return w
}

func TestTrainMakesANewSpace(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	p, err := openBuiltin(dir)
	if err != nil {
		t.Fatal(err)
	}
	s := newService(p, Default())
	h := s.handler("")
	var b strings.Builder
	for i := range 400 {
		fmt.Fprintf(&b, "{\"text\":\"word%d word%d word%d\"}\n\n", i%150, (i+1)%150, (i*7)%150)
	}
	before := modelOf(t, p)
	w := train(h, b.String())
	var r TrainReport
	if err := json.Unmarshal(w.Body.Bytes(), &r); err != nil || w.Code != 200 {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	if r.Texts != 400 || r.Words != 150 || r.Unchanged || r.Model == before || r.Model != modelOf(t, p) {
		t.Errorf("report %+v, model %s", r, modelOf(t, p))
	}
	// A request that was checked against the old model gets none of the new one.
	if _, err := s.embed(t.Context(), before, []Input{{Text: "word1"}}, false); asAPIError(err).code != "model_not_found" {
		t.Errorf("vectors of a model that is gone: %v", err)
	}
	again := func(h http.Handler, kind string) int {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/v1/embeddings", strings.NewReader(fmt.Sprintf(`{"model":%q,"input":"word1","input_type":%q}`, before, kind))))
		return w.Code
	}
	if q, p := again(h, "query"), again(h, "passage"); q != 200 || p != 404 {
		t.Errorf("the model before: queries %d, passages %d", q, p)
	}
	if w := train(h, b.String()); !strings.Contains(w.Body.String(), `"unchanged":true`) {
		t.Errorf("the same corpus again: %s", w.Body)
	}
	before = r.Model
	if w := train(h, b.String()+"{\"text\":\"word1 word2 word3\"}\n"); w.Code != 200 || modelOf(t, p) == before {
		t.Errorf("another corpus: %d %s", w.Code, w.Body)
	}
	restarted, err := openBuiltin(dir)
	if err != nil || modelOf(t, restarted) != modelOf(t, p) {
		t.Errorf("after a restart: %v", err)
	} else if code := again(newService(restarted, Default()).handler(""), "query"); code != 200 {
		t.Errorf("the model before, after a restart: %d", code)
	}
	if err := os.WriteFile(filepath.Join(dir, "words.bin"), []byte("PANTHWV1 short"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := openBuiltin(dir); sd.ExitCode(err) != sd.ExitConfig || !strings.Contains(sd.HintOf(err), "remove ") {
		t.Errorf("a damaged file: %v", err)
	}
}

func TestTrainErrors(t *testing.T) {
	t.Parallel()
	p := &builtinProvider{}
	h := newService(p, Default()).handler("")
	for body, want := range map[string]string{
		``:                            "too small",
		`{"text":"a"}` + "\n" + `{}`:  `line 2 has no \"text\"`,
		`{"text":"a"}` + "\nnot json": "line 2: ",
	} {
		if w := train(h, body); w.Code != 400 || !strings.Contains(w.Body.String(), want) {
			t.Errorf("%q: %d %s", body, w.Code, w.Body)
		}
	}
	if name := modelOf(t, p); !strings.HasPrefix(name, "hash") {
		t.Errorf("a refused training left %s", name)
	}
	_, encoder := tinyServer(t)
	if w := train(encoder, `{"text":"a"}`); w.Code != 400 || !strings.Contains(w.Body.String(), "only the builtin") {
		t.Errorf("training an encoder: %d %s", w.Code, w.Body)
	}
}
