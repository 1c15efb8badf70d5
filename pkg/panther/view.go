package panther

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"time"

	"panther/pkg/opencode/api"
	"panther/pkg/terminal"
)

// view shows a turn as it goes on.
type view interface {
	update(e api.Event, t *turn)
	pause() // the terminal is needed for something else until the next update
	end(t *turn)
}

// pipeView writes the answer and its sources as plain Markdown once it is
// whole, since a later event may still correct what was streamed.
type pipeView struct{ out *terminal.Output }

func (v *pipeView) update(api.Event, *turn) {}
func (v *pipeView) pause()                  {}
func (v *pipeView) end(t *turn) {
	if s := t.text(); s != "" {
		v.out.Printf("%s\n", terminal.Clean(s))
	}
	writeSources(v.out, t)
}

// jsonView writes every event as a line of JSON, and then the answer as one
// more of type panther.answer.
type jsonView struct{ out *terminal.Output }

func (v *jsonView) update(e api.Event, _ *turn) {
	_ = json.NewEncoder(v.out).Encode(e) // a closed pipe ends the process
}
func (v *jsonView) pause() {}

// answerJSON is the last line of `panther ask --json`.
type answerJSON struct {
	Type    string          `json:"type"`
	Session string          `json:"session"`
	Model   string          `json:"model,omitempty"`
	Text    string          `json:"text"`
	Sources []api.Citation  `json:"sources"`
	Cost    float64         `json:"cost"`
	Tokens  api.Tokens      `json:"tokens"`
	Error   *api.NamedError `json:"error,omitempty"`
}

func (v *jsonView) end(t *turn) {
	list, _ := t.sources()
	e := json.NewEncoder(v.out)
	e.SetEscapeHTML(false)
	_ = e.Encode(answerJSON{"panther.answer", t.session, t.model(), t.text(), orEmpty(list), t.cost, t.tokens, t.failure})
}

// writeSources lists what an answer cites.
func writeSources(out *terminal.Output, t *turn) {
	list, cited := t.sources()
	if len(list) == 0 {
		return
	}
	head := "Sources"
	if !cited {
		head = "Found in your sources"
	}
	out.Printf("\n%s\n", out.Paint(terminal.Strong, head))
	for _, c := range list {
		title := oneLine(c.Title)
		if title == "" {
			title = c.URI
		}
		out.Printf("%s %s\n", out.Paint(terminal.Accent, fmt.Sprintf("[%d]", c.N)), out.Paint(terminal.Style{}, title))
		out.Printf("    %s\n", out.Paint(terminal.Style{Color: terminal.Blue, Link: c.Link}, c.Link))
	}
}

// liveView streams the answer on a terminal: whole blocks stay, below them the
// block that grows, a line for each sub-agent, and what goes on.
type liveView struct {
	out  *terminal.Output
	live *terminal.Live
	stop chan struct{}
	done sync.WaitGroup

	mu      sync.Mutex
	stream  *terminal.Stream
	part    int    // index of the text part that is streamed
	written string // of that part
	status  []string
	hidden  bool
	tick    int
}

func newLiveView(out *terminal.Output) *liveView {
	v := &liveView{out: out, live: terminal.NewLive(out), stream: terminal.NewStream(out), stop: make(chan struct{})}
	v.status = []string{"searching your sources"}
	v.done.Add(1)
	go v.spin()
	return v
}

func (v *liveView) spin() {
	defer v.done.Done()
	t := time.NewTicker(100 * time.Millisecond)
	defer t.Stop()
	for {
		select {
		case <-v.stop:
			return
		case <-t.C:
			v.mu.Lock()
			v.tick++
			v.draw(nil)
			v.mu.Unlock()
		}
	}
}

func (v *liveView) update(_ api.Event, t *turn) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.hidden = false
	v.status = v.status[:0]
	for _, c := range t.children {
		if !c.done {
			v.status = append(v.status, strings.Trim(fmt.Sprintf("%s: %s, %s", c.agent, c.title, c.doing), ":, "))
		}
	}
	v.status = append(v.status, t.activity())
	if lines := v.advance(t); len(lines) > 0 {
		v.draw(lines)
	}
}

// advance hands what is new in the text parts to the stream and returns the
// lines that it completed.
func (v *liveView) advance(t *turn) []string {
	var lines []string
	for v.part < len(t.texts) {
		text := t.texts[v.part].Text
		switch {
		case strings.HasPrefix(text, v.written):
			lines = append(lines, v.stream.Write(text[len(v.written):])...)
		default: // the server corrected the text after it was shown
			lines = append(lines, v.stream.Close()...)
			lines = append(lines, "", v.out.Paint(terminal.Faint, "(corrected:)"))
			lines = append(lines, v.stream.Write(text)...)
		}
		v.written = text
		if v.part == len(t.texts)-1 {
			break
		}
		lines = append(lines, v.stream.Close()...)
		v.part, v.written = v.part+1, ""
	}
	return lines
}

func (v *liveView) draw(commit []string) {
	var area []string
	if !v.hidden {
		area = v.stream.Tail()
		for _, s := range v.status {
			area = append(area, v.out.Paint(terminal.Faint, terminal.Truncate(terminal.Spin(v.tick)+" "+s, v.out.Width()-1)))
		}
	}
	v.live.Update(commit, area)
}

func (v *liveView) pause() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.hidden = true
	v.draw(nil)
}

func (v *liveView) end(t *turn) {
	close(v.stop)
	v.done.Wait()
	lines := v.advance(t)
	v.live.Update(append(lines, v.stream.Close()...), nil)
	writeSources(v.out, t)
}

// toolLine describes a tool call: its title, or its name with its first text
// argument.
func toolLine(p *api.Part) string {
	if p.State == nil {
		return p.Tool
	}
	if p.State.Title != "" {
		return p.Tool + " " + oneLine(p.State.Title)
	}
	var in map[string]any
	if json.Unmarshal(p.State.Input, &in) == nil {
		for _, key := range []string{"query", "question", "uri", "url", "description", "prompt", "text"} {
			if s, ok := in[key].(string); ok {
				return p.Tool + " " + oneLine(s)
			}
		}
	}
	return p.Tool
}
