package turn

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"panther/pkg/gate"
	"panther/pkg/identity"
	"panther/pkg/knowledge"
	"panther/pkg/llm"
	"panther/pkg/opencode/agents"
	"panther/pkg/opencode/api"
	"panther/pkg/opencode/grounding"
	"panther/pkg/opencode/history"
	"panther/pkg/opencode/loop"
)

// Output takes what a turn produces. Calls and results come from several
// goroutines at once, everything else from one.
type Output interface {
	// Step begins what one answer of the model brings.
	Step()
	// Text adds to the answer; it was checked.
	Text(s string)
	// Thought adds to what the model thinks.
	Thought(s string)
	// Note adds a remark of the runtime below the answer.
	Note(s string)
	// Void takes back what the step has streamed: the model is asked again or,
	// where there is no cause, what looked like its answer was thoughts.
	Void(next llm.Info, attempt int, wait time.Duration, cause error)
	Call(c llm.Call)
	// Progress shows what a running call does; Output is empty in it.
	Progress(call string, r loop.Result)
	Result(c llm.Call, r loop.Result, err error)
	// Finish ends the step.
	Finish(reason string, tokens api.Tokens, cost float64)
}

// Question is what a turn is to answer, and for whom.
type Question struct {
	Text       string
	Query      string            // what is searched for, where that is not all of the text
	Files      []llm.File        // images and PDFs
	Session    string            // "" where nothing is stored
	Owner      identity.Identity // for whom everything is done
	Agent      *agents.Agent
	Model      string               // provider/model; "" answers by quotations
	System     string               // the caller's addition to the instructions
	Permission []api.PermissionRule // of the session
	Disabled   map[string]bool      // tools that the caller switched off
	History    history.History
	Tally      *Tally // what the session has spent; nil means nothing yet
	Options
}

// Turn is one question and what it takes to answer it.
type Turn struct {
	Question
	rt    *Runtime
	id    string // of the answering message; "" where nothing is stored
	rules agents.Rules
	above *Turn // of which this is a sub-agent's; nil for a user's
	out   Output

	reading reading

	src   *grounding.Sources
	gate  *gate.Gate // of the answer
	aside *gate.Gate // of the model's thoughts
	weak  bool

	mu     sync.Mutex
	tokens api.Tokens
	cost   float64
	by     llm.Info
	finish string          // of the model's last answer
	calls  []llm.Call      // of the caller's tools, in the last answer
	raw    strings.Builder // the last answer, where it has a format
	said   bool            // the last step has text
}

// New returns a turn.
func New(rt *Runtime, q Question) *Turn {
	t := &Turn{rt: rt, Question: q, rules: append(rt.Policy.Of(q.Agent), q.Permission...), src: grounding.NewSources()}
	if t.Tally == nil {
		t.Tally = &Tally{}
	}
	t.gate, t.aside = gate.New(t.src), gate.Aside(t.src)
	return t
}

// ID is the identifier of the answering message, "" where nothing is stored.
func (t *Turn) ID() string { return t.id }

// Ref names the model that is asked.
func (t *Turn) Ref() *api.ModelRef {
	if t.Model == "" {
		m := api.Extractive
		return &m
	}
	p, id := llm.SplitRef(t.Model)
	return &api.ModelRef{ProviderID: p, ModelID: id}
}

// Run answers into out. The text is written as it comes; the error tells why it
// is not whole.
func (t *Turn) Run(ctx context.Context, out Output) error {
	t.out = out
	t.hasRead(t.History.Read...)
	t.src.AllowText(t.Text + "\n" + t.System)
	t.History.Allow(t.src)
	if t.Plain && t.Model == "" {
		return errPlain
	}
	if t.Plain {
		return t.generate(ctx, nil, nil)
	}
	memories, err := t.retrieve(ctx)
	if err != nil && (t.Model == "" || ctx.Err() != nil) {
		return err
	}
	if t.Model == "" {
		t.extract()
		return nil
	}
	return t.generate(ctx, memories, err)
}

// Spent returns what the models of the turn have used and cost.
func (t *Turn) Spent() (api.Tokens, float64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.tokens, t.cost
}

// Finish returns why the model's last answer ended, "" if there was none.
func (t *Turn) Finish() string { return t.finish }

// Sources returns what the answer may cite.
func (t *Turn) Sources() *grounding.Sources { return t.src }

// retrieve searches passages and memories at once. Memories are a help and
// never an obstacle.
func (t *Turn) retrieve(ctx context.Context) ([]knowledge.Recalled, error) {
	k := t.rt.Config.Knowledge
	q := grounding.Query(cmp.Or(t.Query, t.Text), t.History.Questions)
	recalled := make(chan []knowledge.Recalled, 1)
	go func() {
		var list []knowledge.Recalled
		if t.Model != "" && k.Memories > 0 {
			if resp, err := t.rt.Knowledge.Recall(ctx, knowledge.RecallRequest{Query: q, Scope: knowledge.Scope{Agent: t.Agent.Name, Session: t.Session}, Limit: k.Memories}); err == nil {
				list = resp.Memories
				t.recalled(list)
			}
		}
		recalled <- list
	}()
	resp, err := t.rt.Knowledge.Context(ctx, knowledge.ContextRequest{
		SearchRequest: knowledge.SearchRequest{Query: q, Sources: k.Sources}, Tokens: t.room(k.Tokens)})
	memories := <-recalled
	if err != nil {
		return memories, fmt.Errorf("search the knowledge base: %w", err)
	}
	if t.Model == "" {
		resp.Passages = grounding.Quotable(resp.Passages)
	}
	t.src.Add(resp.Passages...)
	t.weak = resp.Weak || len(resp.Passages) == 0
	return memories, nil
}

const noModel = "*No language model is configured, so these are the best passages of your sources, quoted. Configure one in opencode.toml, or give opencoded the credential anthropic-api-key or openai-api-key.*"

const chosenExtractive = "*Answered without a language model, as asked: these are the best passages of your sources, quoted.*"

func (t *Turn) extract() {
	why := noModel
	if len(t.rt.Models.Infos()) > 0 {
		why = chosenExtractive
	}
	text := grounding.Extract(t.src, t.Text, why, t.weak)
	for _, block := range strings.SplitAfter(text, "\n\n") {
		t.out.Text(block)
	}
}
