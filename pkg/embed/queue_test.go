package embed

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"panther/pkg/embed/model"
	"panther/pkg/encoder/encodertest"
)

// blocking computes when told to.
type blocking struct {
	Provider
	step  chan struct{}
	order chan string
}

func (b *blocking) Embed(ctx context.Context, batch Batch) (Result, error) {
	b.order <- "begin " + batch.Inputs[0].Text
	if !batch.Query {
		<-b.step
		batch.Yield()
	}
	b.order <- "end " + batch.Inputs[0].Text
	return b.Provider.Embed(ctx, Batch{Inputs: batch.Inputs, Query: batch.Query})
}

func TestQueriesOvertake(t *testing.T) {
	t.Parallel()
	b := &blocking{Provider: tinyProvider(t), step: make(chan struct{}), order: make(chan string, 9)}
	s := newService(b, Default())
	var wg sync.WaitGroup
	wg.Go(func() { _, _ = s.embed(t.Context(), "", []Input{{Text: "bulk"}}, false) })
	if got := <-b.order; got != "begin bulk" {
		t.Fatal(got)
	}
	wg.Go(func() { _, _ = s.embed(t.Context(), "", []Input{{Text: "late"}}, false) })
	waitFor(t, func() bool { _, n := s.gate.waiting(); return n == 1 })
	wg.Go(func() { _, _ = s.embed(t.Context(), "", []Input{{Text: "query"}}, true) })
	waitFor(t, func() bool { n, _ := s.gate.waiting(); return n == 1 })
	close(b.step)
	wg.Wait()
	close(b.order)
	var got []string
	for o := range b.order {
		got = append(got, o)
	}
	if want := "begin query,end query,end bulk,begin late,end late"; strings.Join(got, ",") != want {
		t.Errorf("order %v, want %s", got, want)
	}
}

// waitFor waits for what another goroutine does, without a fixed time.
func waitFor(t *testing.T, ok func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-ctx.Done():
			t.Fatal("waited in vain")
		case <-tick.C:
		}
	}
}

func TestFullQueueAndCancelledWait(t *testing.T) {
	t.Parallel()
	cfg := Default()
	cfg.Queue = 1
	b := &blocking{Provider: tinyProvider(t), step: make(chan struct{}), order: make(chan string, 9)}
	s := newService(b, cfg)
	h := s.handler("")
	var wg sync.WaitGroup
	defer wg.Wait()
	defer close(b.step)
	wg.Go(func() { post(h, `{"input":"first"}`) })
	<-b.order
	ctx, cancel := context.WithCancel(t.Context())
	gone := make(chan error, 1)
	wg.Go(func() { _, err := s.embed(ctx, "", []Input{{Text: "second"}}, false); gone <- err })
	waitFor(t, func() bool { _, n := s.gate.waiting(); return n == 1 })
	w := post(h, `{"input":"third"}`)
	if w.Code != http.StatusTooManyRequests || w.Header().Get("Retry-After") == "" {
		t.Errorf("a full queue: %d, Retry-After %q", w.Code, w.Header().Get("Retry-After"))
	}
	cancel()
	if err := <-gone; !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled wait: %v", err)
	}
	if _, n := s.gate.waiting(); n != 0 {
		t.Errorf("%d still wait", n)
	}
}

// counting counts what reaches the provider.
type counting struct {
	Provider
	texts []string
}

func (c *counting) Embed(ctx context.Context, b Batch) (Result, error) {
	for _, in := range b.Inputs {
		c.texts = append(c.texts, in.Text)
	}
	return c.Provider.Embed(ctx, b)
}

func TestCacheSparesWork(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	c := &counting{Provider: tinyProvider(t)}
	s := newService(c, Default())
	var err error
	if s.cache, err = openCache(dir, "space", 64, 4<<20); err != nil {
		t.Fatal(err)
	}
	texts := make([]Input, 100)
	for i := range texts {
		texts[i].Text = fmt.Sprintf("text number %d", i)
	}
	first, err := s.embed(t.Context(), "", texts, false)
	if err != nil {
		t.Fatal(err)
	}
	_ = s.cache.close()
	if s.cache, err = openCache(dir, "space", 64, 4<<20); err != nil {
		t.Fatal(err)
	}
	again, err := s.embed(t.Context(), "", append(texts, Input{Text: "new"}), false)
	if err != nil {
		t.Fatal(err)
	}
	if len(c.texts) != 101 || c.texts[100] != "new" {
		t.Errorf("%d texts computed, want 101", len(c.texts))
	}
	for i := range texts {
		if dot(first.Vectors[i], again.Vectors[i]) < 1-1e-6 || first.Tokens[i] != again.Tokens[i] {
			t.Fatalf("text %d came back different", i)
		}
	}
	// A slot that a crash tore counts as empty.
	_, set := s.cache.key(texts[7].Text)
	at := set * int64(cacheWays*s.cache.slot())
	for w := range cacheWays {
		if _, err := s.cache.file.WriteAt([]byte("torn"), at+int64(w*s.cache.slot()+slotHead+40)); err != nil {
			t.Fatal(err)
		}
	}
	if _, ok := s.cache.get(texts[7].Text); ok {
		t.Error("a torn slot was believed")
	}
	if other, err := openCache(dir, "other space", 256, 4<<20); err != nil {
		t.Fatal(err)
	} else if _, ok := other.get(texts[8].Text); ok {
		t.Error("another space has the same vectors")
	}
	left, _ := filepath.Glob(filepath.Join(dir, "*"))
	if len(left) != 1 {
		t.Errorf("caches left: %v", left)
	}
}

func TestCacheIsBounded(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	c, err := openCache(dir, "s", 8, 64<<10)
	if err != nil {
		t.Fatal(err)
	}
	defer c.close()
	for i := range 5000 {
		c.put(fmt.Sprint(i), cached{vec: make([]float32, 8), tokens: i, cut: i%2 == 1})
	}
	if st, err := c.file.Stat(); err != nil || st.Size() > 64<<10 {
		t.Errorf("size %d, %v", st.Size(), err)
	}
	if v, ok := c.get("4999"); !ok || v.tokens != 4999 || !v.cut {
		t.Errorf("the last entry is %+v, %v", v, ok)
	}
}

// TestMemoryStaysFlat embeds passages that are all different, in requests as
// agentdb sends them, and looks at this process. PANTHER_SOAK is their number
// (100000), and takes the real model where it is installed. It runs alone.
func TestMemoryStaysFlat(t *testing.T) {
	dir, passages := encodertest.Tiny(t), 15_000
	if n, err := strconv.Atoi(os.Getenv("PANTHER_SOAK")); err == nil {
		passages = n
		if cache, err := model.CacheDir(); err == nil && model.Present(filepath.Join(cache, model.Default)) {
			dir = filepath.Join(cache, model.Default)
		}
	}
	p, err := openEncoder(dir, EncoderConfig{})
	if err != nil {
		t.Fatal(err)
	}
	s := newService(p, Default())
	defer s.close()
	if s.cache, err = openCache(t.TempDir(), "soak", p.enc.Dimensions(), 4<<20); err != nil {
		t.Fatal(err)
	}
	h := s.handler("")
	rnd := rand.New(rand.NewPCG(5, 6))
	words := strings.Fields("running cafe a ab 東京 the index of a partial table zebra")
	resident := func() int64 {
		debug.FreeOSMemory()
		n, err := statusBytes(os.Getpid(), "RssAnon:") // pages of the mapped model are the kernel's to drop
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	var early int64
	for done := 0; done < passages; done += subBatch {
		texts := make([]string, subBatch)
		for i := range texts {
			texts[i] = strconv.Itoa(done + i)
			for range rnd.IntN(40) {
				texts[i] += " " + words[rnd.IntN(len(words))]
			}
		}
		body, err := json.Marshal(map[string]any{"input": texts})
		if err != nil {
			t.Fatal(err)
		}
		if w := post(h, string(body)); w.Code != http.StatusOK {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
		if early == 0 && done >= passages/5 {
			early = resident()
		}
	}
	late := resident()
	t.Logf("%d passages with %s: %d MB resident after a fifth, %d MB at the end", passages, p.name, early>>20, late>>20)
	if late > early+5<<20 { // less than the vectors and texts of what came between
		t.Errorf("resident memory grew from %d to %d MB over %d passages", early>>20, late>>20, passages)
	}
}
