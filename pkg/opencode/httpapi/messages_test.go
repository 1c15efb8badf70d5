package httpapi

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"panther/pkg/opencode/api"
	"panther/pkg/opencode/prompt"
)

// headers counts how often a header was written.
type headers struct {
	*httptest.ResponseRecorder
	n int
}

func (h *headers) WriteHeader(status int) {
	h.n++
	h.ResponseRecorder.WriteHeader(status)
}

// An answer that is long in coming has its header before, once, and is still JSON.
func TestAwaitALongAnswer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		done := make(chan struct{})
		a := &prompt.Accepted{Done: done, Answer: &api.MessageWithParts{Info: api.Message{ID: "msg_1"}}}
		time.AfterFunc(3*patience, func() { close(done) })
		w := &headers{ResponseRecorder: httptest.NewRecorder()}
		if err := await(w, httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", nil), a); err != nil {
			t.Fatal(err)
		}
		var m api.MessageWithParts
		if err := json.Unmarshal(w.Body.Bytes(), &m); err != nil || m.Info.ID != "msg_1" || w.n != 1 {
			t.Errorf("%d headers, %q, %v", w.n, w.Body, err)
		}
	})
}
