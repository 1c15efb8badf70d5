package embed

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"panther/pkg/encoder/encodertest"
)

// TestFormerModelEmbedsQueries has two models installed: the one that is
// configured embeds everything, and the other one queries alone.
func TestFormerModelEmbedsQueries(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, name := range []string{"now", "before", "damaged"} {
		if err := os.CopyFS(filepath.Join(dir, name), os.DirFS(encodertest.Tiny(t))); err != nil {
			t.Fatal(err)
		}
	}
	encodertest.Write(t, filepath.Join(dir, "damaged"), "model.safetensors", "short")
	p, err := openEncoder(filepath.Join(dir, "now"), EncoderConfig{})
	if err != nil {
		t.Fatal(err)
	}
	s := newService(p, Default())
	t.Cleanup(func() { _ = s.close() })
	for _, tc := range []struct {
		model, kind string
		status      int
	}{
		{"now", "query", 200}, {"now", "passage", 200}, {"before", "query", 200}, {"before", "passage", 404},
		{"damaged", "query", 404}, {"none", "query", 404}, {"../before", "query", 404}, {"..", "query", 404}, {".", "query", 404},
	} {
		r := httptest.NewRequest(http.MethodPost, "/v1/embeddings", strings.NewReader(`{"input":"running","model":"`+tc.model+`","input_type":"`+tc.kind+`"}`))
		r.RemoteAddr = "@"
		w := httptest.NewRecorder()
		s.handler("").ServeHTTP(w, r)
		if w.Code != tc.status || tc.status == 200 && !strings.Contains(w.Body.String(), `"model":"`+tc.model+`"`) {
			t.Errorf("%s %s: %d %.200s", tc.kind, tc.model, w.Code, w.Body)
		}
	}
}
