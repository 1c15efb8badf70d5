package opencode

import (
	"context"
	"errors"
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
	"panther/pkg/opencode/loop"
)

// output takes what a turn produces.
type output interface {
	loop.Sink
	// Text adds to the answer; it was checked.
	Text(s string)
	// Note adds a remark of the runtime below the answer.
	Note(s string)
}

// turn is one question and what it takes to answer it.
type turn struct {
	r        *server
	id       string            // of the answering message; "" where nothing is stored
	session  string            // "" where nothing is stored
	owner    identity.Identity // for whom everything is done
	agent    *agents.Agent
	model    string // provider/model; "" answers by quotations
	system   string // the caller's addition to the instructions
	question string
	earlier  []string      // questions before this one
	history  []llm.Message // before this question
	rules    agents.Rules
	disabled map[string]bool // tools that the caller switched off
	spent    float64         // by the session before this turn
	above    *turn           // of which this is a sub-agent's; nil for a user's
	out      output

	reading reading

	src   *grounding.Sources
	gate  *gate.Gate // of the answer
	aside *gate.Gate // of the model's thoughts
	weak  bool

	mu     sync.Mutex
	tokens api.Tokens
	cost   float64
	below  float64 // cost of the sub-agents
	by     llm.Info
	finish string // of the model's last answer
	said   bool   // the last step has text
}

// run answers. The text is written as it comes; the error tells why it is not
// whole.
func (t *turn) run(ctx context.Context) error {
	t.ground()
	t.src.AllowText(t.question + "\n" + t.system)
	allowHistory(t.src, t.history)
	memories, err := t.retrieve(ctx)
	if err != nil && (t.model == "" || ctx.Err() != nil) {
		return err
	}
	if t.model == "" {
		t.extract()
		return nil
	}
	return t.generate(ctx, memories, err)
}

// context is what the turn does everything in: for its owner, until the process
// ends it.
func (t *turn) context() context.Context { return identity.With(t.r.turnCtx, t.owner) }

// summaryIntro stands before a summary among what was said.
const summaryIntro = "Summary of the conversation so far:\n"

// allowHistory lets an answer link to what the user named before, and to what
// earlier answers linked to.
func allowHistory(src *grounding.Sources, history []llm.Message) {
	for _, m := range history {
		if m.Role == llm.RoleUser && !strings.HasPrefix(m.Text, summaryIntro) {
			src.AllowText(m.Text)
		} else {
			src.AllowLinks(m.Text)
		}
	}
}

// ground begins with no source.
func (t *turn) ground() {
	t.src = grounding.NewSources()
	t.gate, t.aside = gate.New(t.src), gate.Aside(t.src)
}

// retrieve searches passages and memories at once. Memories are a help and
// never an obstacle.
func (t *turn) retrieve(ctx context.Context) ([]knowledge.Recalled, error) {
	k := t.r.cfg.Knowledge
	q := grounding.Query(t.question, t.earlier)
	recalled := make(chan []knowledge.Recalled, 1)
	go func() {
		var list []knowledge.Recalled
		if t.model != "" && k.Memories > 0 {
			if resp, err := t.r.know.Recall(ctx, knowledge.RecallRequest{Query: q, Scope: knowledge.Scope{Agent: t.agent.Name, Session: t.session}, Limit: k.Memories}); err == nil {
				list = resp.Memories
				t.recalled(list)
			}
		}
		recalled <- list
	}()
	resp, err := t.r.know.Context(ctx, knowledge.ContextRequest{
		SearchRequest: knowledge.SearchRequest{Query: q, Sources: k.Sources}, Tokens: k.Tokens})
	memories := <-recalled
	if err != nil {
		return memories, fmt.Errorf("search the knowledge base: %w", err)
	}
	if t.model == "" {
		resp.Passages = grounding.Quotable(resp.Passages)
	}
	t.src.Add(resp.Passages...)
	t.weak = resp.Weak || len(resp.Passages) == 0
	return memories, nil
}

const noModel = "*No language model is configured, so these are the best passages of your sources, quoted. Configure one in opencode.toml, or give opencoded the credential anthropic-api-key or openai-api-key.*"

const chosenExtractive = "*Answered without a language model, as asked: these are the best passages of your sources, quoted.*"

func (t *turn) extract() {
	why := noModel
	if len(t.r.models.Infos()) > 0 {
		why = chosenExtractive
	}
	text := grounding.Extract(t.src, t.question, why, t.weak)
	for _, block := range strings.SplitAfter(text, "\n\n") {
		t.out.Text(block)
	}
}

// generate asks the model, with what was found fenced behind the question.
func (t *turn) generate(ctx context.Context, memories []knowledge.Recalled, searchErr error) error {
	var b strings.Builder
	b.WriteString(t.question)
	if s := t.src.Render(t.src.Passages()); s != "" {
		b.WriteString("\n\nPassages that were found for this question:\n" + s)
	}
	switch {
	case searchErr != nil:
		b.WriteString("\n\n(The knowledge base does not answer now. Say so, and that the answer is without sources.)")
	case t.weak:
		b.WriteString("\n\n(The search is not confident that these passages answer the question.)")
	}
	if s := t.src.RenderMemories(memories); s != "" {
		b.WriteString("\n\nMemories that may matter:\n" + s)
	}
	req := llm.Request{System: t.instructions(), Temperature: t.agent.Temperature, TopP: t.agent.TopP,
		Messages: append(append([]llm.Message(nil), t.history...), llm.Message{Role: llm.RoleUser, Text: b.String()})}
	info, _ := t.r.models.Find(t.model)
	lim := loop.Limits{Steps: t.r.cfg.Steps, Context: info.Context, Spend: t.spend}
	if t.agent.Steps > 0 {
		lim.Steps = t.agent.Steps
	}
	_, err := loop.Run(ctx, t.ask, req, t.tools(), guarded{t.out, t}, lim)
	if rest := t.gate.Close(); rest != "" {
		t.say(rest)
	}
	if err == nil {
		err = t.ended()
	}
	var be *budgetError
	if errors.As(err, &be) {
		t.out.Note("\n\n*" + be.Error() + ".*")
	}
	if s := t.notes(); s != "" {
		t.out.Note("\n\n" + s)
	}
	if n := len(t.gate.Invented); n > 0 && err == nil {
		t.out.Note(fmt.Sprintf("\n\n*%d citation%s of this answer named no source and %s marked.*", n, plural(n), wasWere(n)))
	}
	return err
}

// say passes on text of the answer.
func (t *turn) say(s string) {
	t.said = t.said || strings.TrimSpace(s) != ""
	t.out.Text(s)
}

// ended tells the reader of an answer that is not what it seems: cut, withheld, or
// none at all, which is an error.
func (t *turn) ended() error {
	var why string
	switch {
	case t.finish == llm.FinishLength:
		why = "the answer is cut: it reached the limit on its length"
	case t.finish == llm.FinishFilter:
		why = "the model refused to answer, or a filter of its provider withheld the answer"
	case t.finish == llm.FinishPause, t.finish == llm.FinishCalls:
		why = "the answer is not finished: the limit on steps is reached"
	case !t.said:
		why = "the model ended without an answer"
	}
	switch {
	case why == "":
		return nil
	case !t.said && t.finish == llm.FinishFilter:
		return &llm.Error{Ref: t.by.Ref(), Kind: llm.KindRequest, Err: errors.New(why)}
	case !t.said:
		return &llm.Error{Ref: t.by.Ref(), Kind: llm.KindServer, Err: errors.New(why)}
	}
	t.out.Note("\n\n*" + strings.ToUpper(why[:1]) + why[1:] + ".*")
	return nil
}

func plural(n int) string {
	if n == 1 {
		return ""
	}
	return "s"
}

func wasWere(n int) string {
	if n == 1 {
		return "is"
	}
	return "are"
}

// instructions stay the same for all turns of a session, so that providers can
// cache them.
func (t *turn) instructions() string {
	s := t.agent.Prompt + "\n\n" + grounding.Rules
	if t.system != "" {
		s += "\n\n" + t.system
	}
	return s
}

func (t *turn) ask(ctx context.Context, req *llm.Request, o llm.Observer) (*llm.Response, llm.Info, error) {
	return t.r.models.Generate(ctx, t.model, req, o)
}

// spend ends the loop when the session or the day has used up its budget.
func (t *turn) spend() error {
	b := t.r.cfg.Budget
	t.mu.Lock()
	spent := t.spent + t.cost + t.below
	t.mu.Unlock()
	if b.Session > 0 && spent >= b.Session {
		return &budgetError{"session", spent, b.Session}
	}
	if spent := t.r.account.today(); b.Day > 0 && spent >= b.Day {
		return &budgetError{"day", spent, b.Day}
	}
	return nil
}

// charge counts an answer of a model.
func (t *turn) charge(resp *llm.Response, by llm.Info) (api.Tokens, float64) {
	u := resp.Usage
	tokens := api.Tokens{Input: u.Input, Output: u.Output - u.Reasoning, Reasoning: u.Reasoning, Total: u.Input + u.Output + u.CacheRead + u.CacheWrite,
		Cache: api.CacheUsage{Read: u.CacheRead, Write: u.CacheWrite}}
	cost := by.Price.Of(u)
	t.mu.Lock()
	t.tokens.Add(tokens)
	t.cost += cost
	t.by = by
	t.mu.Unlock()
	if t.above != nil {
		t.above.mu.Lock()
		t.above.below += cost
		t.above.mu.Unlock()
	}
	t.r.account.add(tokens, cost)
	return tokens, cost
}

// guarded checks what the model writes before it goes on.
type guarded struct {
	output
	t *turn
}

func (g guarded) Delta(d llm.Delta) error {
	if d.Reasoning != "" {
		if s := g.t.aside.Write(d.Reasoning); s != "" {
			return g.output.Delta(llm.Delta{Reasoning: s})
		}
		return nil
	}
	if err := g.thought(); err != nil {
		return err
	}
	if s := g.t.gate.Write(d.Text); s != "" {
		g.t.say(s)
	}
	return nil
}

// thought lets go of the end of the model's thoughts.
func (g guarded) thought() error {
	if s := g.t.aside.Close(); s != "" {
		return g.output.Delta(llm.Delta{Reasoning: s})
	}
	return nil
}

func (g guarded) Step(n int) {
	g.t.said = g.t.said && g.t.finish == llm.FinishPause
	g.output.Step(n)
}

func (g guarded) Void(next llm.Info, attempt int, wait time.Duration, cause error) {
	g.t.gate.Reset()
	g.t.aside.Reset()
	g.t.said = false
	g.output.Void(next, attempt, wait, cause)
}

func (g guarded) Finish(resp *llm.Response, by llm.Info) {
	_ = g.thought()
	if s := g.t.gate.Close(); s != "" {
		g.t.say(s)
	}
	g.t.finish = resp.Finish
	g.output.Finish(resp, by)
}
