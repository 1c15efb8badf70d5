package embed

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"panther/pkg/embed/model"
	"panther/pkg/encoder/encodertest"
)

// TestModelThatComesIsUsed begins without a model: none is listed, a request for
// vectors says what to do, and the first known one that is installed then serves.
func TestModelThatComesIsUsed(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	env := localEnv(t)
	p, err := open(env, Default())
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	h := newService(p, Default()).handler("")
	get := func(path string) string {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
		return w.Body.String()
	}
	if got := get("/v1/models"); !strings.Contains(got, `"data":[]`) {
		t.Errorf("models %s", got)
	}
	if got := get("/healthz"); !strings.Contains(got, `"status":"ok"`) {
		t.Errorf("health %s", got)
	}
	if w := post(h, `{"input":"running"}`); w.Code != http.StatusNotFound || !strings.Contains(w.Body.String(), "panther-embed pull") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	tiny := os.DirFS(encodertest.Tiny(t))
	for _, name := range []string{model.Known[len(model.Known)-1].Name, "another"} {
		if err := os.CopyFS(filepath.Join(env.StateDir, "models", name), tiny); err != nil {
			t.Fatal(err)
		}
	}
	if got := get("/v1/models"); !strings.Contains(got, model.Known[len(model.Known)-1].Name) {
		t.Errorf("models %s", got)
	}
	if w := post(h, `{"input":"running"}`); w.Code != http.StatusOK {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}
