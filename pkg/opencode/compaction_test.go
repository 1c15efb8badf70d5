package opencode

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"panther/pkg/llm"
	"panther/pkg/llm/scripted"
	"panther/pkg/opencode/api"
)

// narrow is a model that refuses what does not fit into its context, knows only
// what it is told, and whose summaries keep code words and nothing else.
type narrow struct {
	context int
	mu      sync.Mutex
	sums    int
	empty   int // requests for a summary of nothing
	refused int
	last    scripted.Request
}

var codeWord = regexp.MustCompile(`zebra-\d+`)

func (m *narrow) answer(r scripted.Request) scripted.Reply {
	m.mu.Lock()
	defer m.mu.Unlock()
	req := llm.Request{System: r.System, Messages: r.Messages}
	var told strings.Builder
	for _, v := range r.Messages {
		told.WriteString(v.Text + "\n")
	}
	if tokens := req.Tokens() + 100*len(r.Tools); tokens > m.context*9/10 {
		m.refused++
		return scripted.Reply{Status: 400, Error: fmt.Sprintf("This model's maximum context length is %d tokens, you asked for %d", m.context, tokens)}
	}
	words := codeWord.FindAllString(told.String(), -1)
	slices.Sort(words)
	known := strings.Join(slices.Compact(words), " ")
	if strings.HasPrefix(r.System, "Summarize") {
		m.sums++
		if len(r.Messages) < 2 {
			m.empty++
		}
		return scripted.Reply{Text: "Code words: " + known}
	}
	m.last = r
	return scripted.Reply{Text: "I know " + known + ". " + strings.Repeat("And so on. ", m.context/40)}
}

// What is said in one turn is known in the next, and what is said long before is
// known by the summary, with a context of any size; the last exchange is whole
// where there is room for it.
func TestSaidAndKnown(t *testing.T) {
	t.Parallel()
	for _, size := range []int{4096, 8192, 32_000, 200_000} { // in half of the first are instructions and tools
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			t.Parallel()
			m := &narrow{context: size}
			w := newWorld(t, func(c *Config) {
				withModel(t, m.answer)(c)
				c.Providers[0].Models[0].Context = size
			})
			s := w.session()
			for i := 1; i <= 12; i++ {
				said := w.ask(s.ID, fmt.Sprintf("My code word %d is zebra-%d. %s", i, i, strings.Repeat("It is a long story. ", size/100)))
				if said.Info.Error != nil {
					t.Fatalf("turn %d: %s", i, short(said))
				}
				for n := 1; n < i; n++ {
					if !strings.Contains(said.Text(), fmt.Sprintf("zebra-%d ", n)) && !strings.Contains(said.Text(), fmt.Sprintf("zebra-%d.", n)) {
						t.Errorf("turn %d does not know what was said in turn %d", i, n)
					}
				}
				if before := fmt.Sprintf("My code word %d is", i-1); i > 1 && size >= 8192 {
					n := 0
					for _, v := range m.last.Messages {
						n += strings.Count(v.Text, before)
					}
					if n != 1 {
						t.Errorf("turn %d has the question before it %d times", i, n)
					}
				}
			}
			if m.sums == 0 || m.sums > 11 || m.empty > 0 || m.refused > 0 {
				t.Errorf("summed up %d times, of nothing %d times, refused %d times", m.sums, m.empty, m.refused)
			}
			// The copy of a session goes on from the same summary.
			f, err := w.client.Fork(t.Context(), s.ID, api.Fork{})
			if err != nil {
				t.Fatal(err)
			}
			if said := w.ask(f.ID, "Which ones do you know?"); !strings.Contains(said.Text(), "zebra-1 ") || !strings.Contains(said.Text(), "zebra-12") {
				t.Errorf("the copy knows %.200s", said.Text())
			}
		})
	}
}

// A conversation that grew with a large model goes on with a small one, and one
// exchange that is larger than the context is summarized by pieces.
func TestSmallerModel(t *testing.T) {
	t.Parallel()
	large, small := &narrow{context: 200_000}, &narrow{context: 8192}
	w := newWorld(t, func(c *Config) {
		withModel(t, func(r scripted.Request) scripted.Reply {
			if r.Model == "small" {
				return small.answer(r)
			}
			return large.answer(r)
		})(c)
		c.Providers[0].Models[0].Context = 200_000
		c.Providers[0].Models = append(c.Providers[0].Models, c.Providers[0].Models[0])
		c.Providers[0].Models[1].ID, c.Providers[0].Models[1].Context = "small", 8192
	})
	s := w.session()
	for i := 1; i <= 4; i++ {
		w.ask(s.ID, fmt.Sprintf("My code word %d is zebra-%d. %s", i, i, strings.Repeat("It is a long story. ", 2000)))
	}
	p := api.Ask("What are my code words?")
	p.Model = &api.ModelRef{ProviderID: "test", ModelID: "small"}
	said, err := w.client.Prompt(t.Context(), s.ID, p)
	if err != nil {
		t.Fatal(err)
	}
	for i := 1; i <= 4; i++ {
		if !strings.Contains(said.Text(), fmt.Sprintf("zebra-%d", i)) {
			t.Errorf("it does not know word %d: %.300s", i, short(said))
		}
	}
	if small.refused > 0 || small.sums == 0 || small.sums > 9 {
		t.Errorf("summed up %d times, refused %d times", small.sums, small.refused)
	}
}

// There is no summary of nothing.
func TestNothingToSummarize(t *testing.T) {
	t.Parallel()
	m := &narrow{context: 8192}
	w := newWorld(t, withModel(t, m.answer))
	s := w.session()
	if err := w.client.Summarize(t.Context(), s.ID, api.ModelRef{ProviderID: "test", ModelID: "m"}); err == nil || m.sums > 0 {
		t.Errorf("summarized %d times: %v", m.sums, err)
	}
	w.ask(s.ID, "hello")
	for range 2 { // the second time there is nothing since the first
		_ = w.client.Summarize(t.Context(), s.ID, api.ModelRef{ProviderID: "test", ModelID: "m"})
	}
	if m.sums != 1 || m.empty > 0 {
		t.Errorf("summarized %d times, nothing %d times", m.sums, m.empty)
	}
}
