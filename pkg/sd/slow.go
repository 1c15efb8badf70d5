package sd

import (
	"errors"
	"io"
	"net/http"
	"os"
	"sync/atomic"
	"time"
)

// What a peer may keep waiting. A body is read while it makes progress, as
// Apache's mod_reqtimeout has it: a peer has bodyPatience to begin with and earns
// a second with every minRate bytes, which every telephone has, so that an upload
// of hours arrives and one byte now and then does not hold a request open. What
// is written must be taken within writePatience, a piece of writePiece at a time.
const (
	bodyPatience  = 20 * time.Second
	maxPatience   = time.Minute // so that a peer that was fast cannot be silent for hours
	minRate       = 500         // bytes a second
	writePatience = 30 * time.Second
	writePiece    = 64 << 10
)

// ErrSlowBody is what reading the body of a request returns when it comes too
// slowly. The answer is 408, and the connection ends with it.
var ErrSlowBody = errors.New("the request's body arrives too slowly")

// unhurried ends requests whose peer neither sends nor takes anything.
func unhurried(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c := http.NewResponseController(w)
		_ = c.SetWriteDeadline(time.Time{}) // the one of the request before
		answer := &slowWriter{ResponseWriter: w, c: c}
		if r.Body != nil && r.Body != http.NoBody {
			_ = c.SetReadDeadline(time.Now().Add(bodyPatience)) // also of one that is never read
			answer.body = &slowBody{ReadCloser: r.Body, c: c, left: bodyPatience}
			r.Body = answer.body
		}
		defer func() { _ = c.SetWriteDeadline(time.Now().Add(writePatience)) }() // of what is buffered
		next.ServeHTTP(answer, r)
		if !answer.begun && answer.late() {
			answer.WriteHeader(http.StatusRequestTimeout) // a handler says nothing to one whose request has ended
		}
	})
}

// slowBody is a body whose peer has left time, of which only waiting takes away.
type slowBody struct {
	io.ReadCloser
	c    *http.ResponseController
	left time.Duration
	late atomic.Bool
}

func (b *slowBody) Read(p []byte) (int, error) {
	start := time.Now()
	_ = b.c.SetReadDeadline(start.Add(b.left))
	n, err := b.ReadCloser.Read(p)
	b.left = min(b.left-time.Since(start)+time.Duration(n)*time.Second/minRate, maxPatience)
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		b.late.Store(true)
		return n, ErrSlowBody
	case err != nil: // the body has ended; what watches the connection from now on may wait
		_ = b.c.SetReadDeadline(time.Time{})
	}
	return n, err
}

// slowWriter is an answer of which each piece is taken in time.
type slowWriter struct {
	http.ResponseWriter
	c     *http.ResponseController
	body  *slowBody // nil without one
	begun bool
}

func (w *slowWriter) late() bool { return w.body != nil && w.body.late.Load() }

// WriteHeader says why a body could not be read where that was the reason.
func (w *slowWriter) WriteHeader(status int) {
	w.begun = w.begun || status >= 200
	if status >= 400 && w.late() {
		status = http.StatusRequestTimeout
		w.Header().Set("Connection", "close")
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *slowWriter) Write(p []byte) (n int, err error) {
	w.begun = true
	for {
		piece := p[n:min(n+writePiece, len(p))]
		_ = w.c.SetWriteDeadline(time.Now().Add(writePatience))
		m, err := w.ResponseWriter.Write(piece)
		if n += m; err != nil || n == len(p) {
			return n, err
		}
	}
}

// Flush is for those that ask for an http.Flusher.
func (w *slowWriter) Flush() { _ = w.FlushError() }

// FlushError sends what is buffered.
func (w *slowWriter) FlushError() error {
	_ = w.c.SetWriteDeadline(time.Now().Add(writePatience))
	return w.c.Flush()
}

// Unwrap is for http.ResponseController.
func (w *slowWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
