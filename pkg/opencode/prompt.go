package opencode

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"panther/pkg/knowledge"
	"panther/pkg/llm"
	"panther/pkg/opencode/agents"
	"panther/pkg/opencode/api"
	"panther/pkg/opencode/ledger"
)

// accepted is a prompt that is stored and whose answer is under way.
type accepted struct {
	done   chan struct{}
	answer *api.MessageWithParts // valid when done is closed
	err    error
}

// maxPrompt bounds the text of a prompt, far above what a person types and
// below what would fill a model alone.
const maxPrompt = 256 << 10

// promptText puts the parts of a prompt together: text, and files whose content
// comes with them.
func promptText(p api.Prompt) (string, error) {
	var out []string
	for i, part := range p.Parts {
		switch part.Type {
		case api.PartText:
			if !part.Ignored && strings.TrimSpace(part.Text) != "" {
				out = append(out, part.Text)
			}
		case api.PartFile:
			text, err := dataURL(part.URL)
			if err != nil {
				return "", badRequest("parts.%d: %s", i, err)
			}
			out = append(out, fmt.Sprintf("File %s:\n%s", oneLine(part.Filename, 200), text))
		case api.PartAgent:
			out = append(out, "(Use the agent "+oneLine(part.Name, 64)+" for this.)")
		case api.PartSubtask:
			out = append(out, fmt.Sprintf("Delegate to the agent %s: %s", oneLine(part.Agent, 64), part.Prompt))
		default:
			return "", badRequest("parts.%d: there is no part of type %q in a prompt", i, oneLine(part.Type, 40))
		}
	}
	text := strings.TrimSpace(strings.ToValidUTF8(strings.Join(out, "\n\n"), "\uFFFD"))
	switch {
	case text == "":
		return "", badRequest("the prompt is empty: give a part {\"type\":\"text\",\"text\":…}")
	case len(text) > maxPrompt:
		return "", badRequest("the prompt has %d bytes, more than %d", len(text), maxPrompt)
	}
	return text, nil
}

// prompt stores a prompt and has it answered. It returns when the prompt is
// stored; the answer comes later.
func (r *server) prompt(ctx context.Context, session string, p api.Prompt) (*accepted, error) {
	text, err := promptText(p)
	if err != nil {
		return nil, err
	}
	if p.MessageID != "" && (!strings.HasPrefix(p.MessageID, "msg") || len(p.MessageID) > 64) {
		return nil, badRequest("messageID %q does not begin with msg", oneLine(p.MessageID, 80))
	}
	s, err := r.session(ctx, session)
	if err != nil {
		return nil, err
	}
	t, err := r.newTurn(s, p, text)
	if err != nil {
		return nil, err
	}
	if err := r.dropReverted(ctx, s); err != nil {
		return nil, err
	}
	user := api.Message{ID: p.MessageID, SessionID: session, Role: api.RoleUser, Time: api.MessageTime{Created: now()}, Agent: t.agent.Name,
		Model: t.ref(), System: p.System, Tools: p.Tools}
	if user.ID == "" {
		user.ID = knowledge.NewID("msg")
	}
	change := messageChange(user)
	var parts []api.Part
	for _, in := range p.Parts {
		part := api.Part{ID: knowledge.NewID("prt"), SessionID: session, MessageID: user.ID, Type: in.Type, Text: in.Text, Synthetic: in.Synthetic,
			Ignored: in.Ignored, Metadata: in.Metadata, Mime: in.Mime, Filename: in.Filename, URL: in.URL, Name: in.Name, Prompt: in.Prompt,
			Description: in.Description, Agent: in.Agent}
		parts = append(parts, part)
		change.Parts = append(change.Parts, part)
		change.Events = append(change.Events, ledger.Event{SessionID: session, Type: api.EventPartUpdated, Data: partEvent{session, part, now()}})
	}
	if r.ctx.Err() != nil {
		return nil, ledger.ErrClosed
	}
	if err := r.ledger.Write(ctx, change); err != nil {
		return nil, err
	}
	a := &accepted{done: make(chan struct{})}
	if p.NoReply {
		a.answer = &api.MessageWithParts{Info: user, Parts: parts}
		close(a.done)
		return a, nil
	}
	r.turns.Go(func() {
		defer close(a.done)
		a.answer, a.err = r.answer(t, user)
	})
	return a, nil
}

// newTurn decides which agent and model answer.
func (r *server) newTurn(s *api.Session, p api.Prompt, text string) (*turn, error) {
	name := p.Agent
	if name == "" {
		name = s.Agent
	}
	agent := r.agent(name)
	if agent == nil {
		return nil, badRequest("there is no agent %q", oneLine(name, 80))
	}
	t := &turn{r: r, session: s.ID, agent: agent, system: p.System, question: text, disabled: map[string]bool{}, spent: s.Cost}
	for tool, on := range p.Tools {
		t.disabled[tool] = !on
	}
	t.rules = append(append(append(t.rules, agent.Rules...), r.configured...), s.Permission...)
	ref := ""
	switch {
	case p.Model != nil && p.Model.ModelID != "":
		ref = p.Model.String()
	case s.Model != nil && s.Model.ID != "":
		ref = s.Model.ProviderID + "/" + s.Model.ID
	case agent.Model != "":
		ref = agent.Model
	}
	if ref == api.Extractive.String() {
		return t, nil
	}
	info, ok := r.models.Find(ref)
	if !ok && ref != "" {
		return nil, badRequest("there is no model %q", oneLine(ref, 80))
	}
	if ok {
		t.model = info.Ref()
	}
	return t, nil
}

// ref names the model that is asked.
func (t *turn) ref() *api.ModelRef {
	if t.model == "" {
		m := api.Extractive
		return &m
	}
	p, id := llm.SplitRef(t.model)
	return &api.ModelRef{ProviderID: p, ModelID: id}
}

// dropReverted removes for good what was taken back before.
func (r *server) dropReverted(ctx context.Context, s *api.Session) error {
	if s.Revert == nil {
		return nil
	}
	list, err := r.messages(ctx, s.ID)
	if err != nil {
		return err
	}
	var c ledger.Change
	for _, m := range list {
		if m.Info.ID >= s.Revert.MessageID {
			c.DeleteMessages = append(c.DeleteMessages, m.Info.ID)
			c.Events = append(c.Events, ledger.Event{SessionID: s.ID, Type: api.EventMessageRemoved,
				Data: map[string]string{"sessionID": s.ID, "messageID": m.Info.ID}})
		}
	}
	if err := r.ledger.Write(ctx, c); err != nil {
		return err
	}
	_, err = r.edit(ctx, s.ID, func(s *api.Session) { s.Revert = nil })
	return err
}

// answer waits for the session's turn, runs it and writes down how it ended.
func (r *server) answer(t *turn, user api.Message) (*api.MessageWithParts, error) {
	sl, done := r.sessions.use(t.session)
	defer done()
	select {
	case sl.turn <- struct{}{}:
	case <-r.stopping:
		return nil, ledger.ErrClosed
	}
	defer func() { <-sl.turn }()
	ctx, cancel := context.WithCancelCause(r.turnCtx)
	defer cancel(nil)
	timer := time.AfterFunc(r.cfg.TurnTime.D(), func() { cancel(errTurnTime) })
	defer timer.Stop()
	sl.mu.Lock()
	if sl.deleted {
		sl.mu.Unlock()
		return nil, notFound("session", t.session)
	}
	sl.cancel = cancel
	sl.mu.Unlock()
	defer func() {
		sl.mu.Lock()
		sl.cancel = nil
		sl.mu.Unlock()
	}()

	t.id = knowledge.NewID("msg")
	msg := api.Message{ID: t.id, SessionID: t.session, Role: api.RoleAssistant, ParentID: user.ID, Agent: t.agent.Name, Mode: t.agent.Name,
		ProviderID: t.ref().ProviderID, ModelID: t.ref().ModelID, Time: api.MessageTime{Created: now()},
		Path: &api.MessagePath{Cwd: r.directory(), Root: r.directory()}}
	rec := &recorder{t: t, msg: msg, calls: map[string]*api.Part{}}
	t.out = rec
	begin := messageChange(msg)
	begin.Events = append([]ledger.Event{statusEvent(t.session, api.SessionStatus{Type: "busy"})}, begin.Events...)
	r.ledger.Append(begin)
	r.count.mu.Lock()
	r.count.turns++
	r.count.mu.Unlock()
	log := r.log.With("session_id", t.session, "turn_id", t.id)
	log.Info("turn started", "agent", t.agent.Name, "model", t.ref().String())
	began := time.Now()

	err := r.remember(ctx, t, user)
	if err == nil {
		err = t.run(ctx)
	}
	failure := turnError(ctx, err)
	return r.finish(t, rec, failure, log, began)
}

// finish stores the end of a turn. It outlives the turn's context, and waits
// for agentdb as long as the process may.
func (r *server) finish(t *turn, rec *recorder, failure *api.NamedError, log logger, began time.Time) (*api.MessageWithParts, error) {
	change := rec.end(failure)
	if failure != nil {
		change.Events = append(change.Events, ledger.Event{SessionID: t.session, Type: api.EventSessionError,
			Data: map[string]any{"sessionID": t.session, "error": failure}})
	}
	ctx := context.WithoutCancel(r.turnCtx)
	_, err := r.edit(ctx, t.session, func(s *api.Session) {
		s.Cost += t.cost
		s.Tokens.Add(t.tokens)
		s.Agent = t.agent.Name
		ref := t.ref()
		s.Model = &api.SessionModel{ID: ref.ModelID, ProviderID: ref.ProviderID}
	}, change)
	if err == nil {
		err = r.ledger.Write(ctx, ledger.Change{Events: []ledger.Event{
			statusEvent(t.session, api.SessionStatus{Type: "idle"}),
			{SessionID: t.session, Type: api.EventSessionIdle, Data: map[string]string{"sessionID": t.session}}}})
	}
	attrs := []any{"status", statusOf(rec.msg), "millis", time.Since(began).Milliseconds(), "passages", t.src.Len(),
		"tokens", t.tokens.Total, "cost", t.cost}
	if failure != nil {
		log.Warn("turn ended", append(attrs, "error", failure.Message())...)
	} else {
		log.Info("turn ended", attrs...)
	}
	if err != nil {
		return nil, err
	}
	k, err := r.message(ctx, t.session, t.id)
	return k, err
}

// logger is what of *slog.Logger a turn needs.
type logger interface {
	Info(msg string, args ...any)
	Warn(msg string, args ...any)
}

// message returns one message of a session.
func (r *server) message(ctx context.Context, session, id string) (*api.MessageWithParts, error) {
	list, err := r.messages(ctx, session)
	if err != nil {
		return nil, err
	}
	for i := range list {
		if list[i].Info.ID == id {
			return &list[i], nil
		}
	}
	return nil, notFound("message", id)
}

// remember fills in what was said before the question and, for the first one,
// sees to a title.
func (r *server) remember(ctx context.Context, t *turn, user api.Message) error {
	list, err := r.messages(ctx, t.session)
	if err != nil {
		return fmt.Errorf("read conversation: %w", err)
	}
	answered := map[string]bool{user.ID: true, t.id: true}
	questions := 0
	for _, m := range list {
		if answered[m.Info.ID] || m.Info.ID > user.ID && m.Info.Role == api.RoleUser {
			continue // what waits behind this one
		}
		text := m.Text()
		switch {
		case m.Info.Summary == true:
			t.history = []llm.Message{{Role: llm.RoleUser, Text: "Summary of the conversation so far:\n" + text}, {Role: llm.RoleAssistant, Text: "Understood."}}
		case m.Info.Role == api.RoleUser && text != "":
			questions++
			t.earlier = append(t.earlier, text)
			t.history = append(t.history, llm.Message{Role: llm.RoleUser, Text: text})
		case m.Info.Role == api.RoleAssistant && text != "":
			t.history = append(t.history, llm.Message{Role: llm.RoleAssistant, Text: text})
		}
	}
	if questions == 0 {
		r.title(ctx, t)
	}
	return r.compactIfFull(ctx, t)
}

// title names a session that has no name: by its first words at once, and by a
// model when it comes to it.
func (r *server) title(ctx context.Context, t *turn) {
	s, err := r.session(ctx, t.session)
	if err != nil || !strings.HasPrefix(s.Title, untitled) {
		return
	}
	first := oneLine(t.question, 60)
	if _, err := r.edit(ctx, t.session, func(s *api.Session) { s.Title = first }); err != nil {
		return
	}
	if t.model == "" || !r.cfg.Titles || s.ParentID != "" {
		return
	}
	ref := r.cfg.Small
	if ref == "" {
		ref = t.model
	}
	r.turns.Go(func() {
		tctx, cancel := context.WithTimeout(r.turnCtx, time.Minute)
		defer cancel()
		resp, info, err := r.models.Generate(tctx, ref, &llm.Request{System: titlePrompt, MaxTokens: 400,
			Messages: []llm.Message{{Role: llm.RoleUser, Text: oneLine(t.question, 2000)}}}, llm.Observer{})
		if err != nil {
			return // the first words stay
		}
		r.account.add(api.Tokens{Input: resp.Usage.Input, Output: resp.Usage.Output}, info.Price.Of(resp.Usage))
		title := strings.Trim(oneLine(resp.Message.Text, 80), `"'#* `)
		if title == "" {
			return
		}
		_, _ = r.edit(tctx, t.session, func(s *api.Session) {
			if s.Title == first {
				s.Title = title
			}
		})
	})
}

const titlePrompt = "Write a title of at most six words for a conversation that begins with the message you are given. Write it in the language of the message, without quotes or a full stop, and nothing else."

// compactAt is the part of a model's context, in percent, above which what was
// said before is summarized.
const compactAt = 60

func (r *server) compactIfFull(ctx context.Context, t *turn) error {
	info, ok := r.models.Find(t.model)
	if !ok || t.model == "" || info.Context == 0 {
		return nil
	}
	req := llm.Request{Messages: t.history}
	if req.Tokens()+r.cfg.Knowledge.Tokens < info.Context*compactAt/100 {
		return nil
	}
	summary, err := r.summarize(ctx, t.session, t.model, t.history)
	if err != nil {
		if ctx.Err() != nil {
			return err
		}
		return nil // the loop gives up old turns instead
	}
	t.history = []llm.Message{{Role: llm.RoleUser, Text: "Summary of the conversation so far:\n" + summary}, {Role: llm.RoleAssistant, Text: "Understood."}}
	return nil
}

const summaryPrompt = "Summarize the conversation so that it can be continued from your summary alone: what the user wants, what was found with the sources' titles, what was decided, what is open. Names, numbers and commands exactly. Write only the summary."

// summarize has a model sum up a conversation and stores that as a message
// behind which the history begins anew.
func (r *server) summarize(ctx context.Context, session, ref string, history []llm.Message) (string, error) {
	req := &llm.Request{System: summaryPrompt, Messages: append(append([]llm.Message(nil), history...), llm.Message{Role: llm.RoleUser, Text: "Summarize now."})}
	resp, info, err := r.models.Generate(ctx, ref, req, llm.Observer{})
	if err != nil {
		return "", err
	}
	text := strings.TrimSpace(resp.Message.Text)
	if text == "" {
		return "", errors.New("the summary is empty")
	}
	t := now()
	cost := info.Price.Of(resp.Usage)
	tokens := api.Tokens{Input: resp.Usage.Input, Output: resp.Usage.Output}
	r.account.add(tokens, cost)
	m := api.Message{ID: knowledge.NewID("msg"), SessionID: session, Role: api.RoleAssistant, Agent: "compaction", Mode: "compaction", Summary: true,
		ProviderID: info.Provider, ModelID: info.ID, Time: api.MessageTime{Created: t, Completed: t}, Finish: "stop", Cost: cost, Tokens: &tokens}
	part := api.Part{ID: knowledge.NewID("prt"), SessionID: session, MessageID: m.ID, Type: api.PartText, Text: text, Time: &api.PartTime{Start: t, End: t}}
	c := messageChange(m)
	c.Parts = []api.Part{part}
	c.Events = append(c.Events, ledger.Event{SessionID: session, Type: api.EventPartUpdated, Data: partEvent{session, part, t}},
		ledger.Event{SessionID: session, Type: api.EventSessionCompacted, Data: map[string]string{"sessionID": session}})
	return text, r.ledger.Write(ctx, c)
}

// abort ends the running turn of a session and of its children.
func (r *server) abort(session string) {
	sl, done := r.sessions.use(session)
	defer done()
	sl.mu.Lock()
	defer sl.mu.Unlock()
	if sl.cancel != nil {
		sl.cancel(errAborted)
	}
}

// recover marks the turns that a killed process left running. Those of this
// process began later and are left alone.
func (r *server) recover(ctx context.Context) error {
	list, err := r.know.Messages(ctx, "", statusRunning)
	if err != nil {
		return fmt.Errorf("look for interrupted turns: %w", err)
	}
	for _, k := range list {
		if k.ID >= r.bootID {
			continue
		}
		m, err := decodeMessage(k)
		if err != nil {
			return err
		}
		m.Info.Error, m.Info.Finish, m.Info.Time.Completed = api.NewError(api.NameTurnInterrupted, "%s", errInterrupted), "error", now()
		c := messageChange(m.Info)
		for _, p := range m.Parts {
			if p.State == nil || p.State.Status != api.ToolRunning && p.State.Status != api.ToolPending {
				continue
			}
			p.State.Status, p.State.Error = api.ToolError, errInterrupted.Error()
			c.Parts = append(c.Parts, p)
			c.Events = append(c.Events, ledger.Event{SessionID: p.SessionID, Type: api.EventPartUpdated, Data: partEvent{p.SessionID, p, now()}})
		}
		id := m.Info.SessionID
		c.Events = append(c.Events, statusEvent(id, api.SessionStatus{Type: "idle"}),
			ledger.Event{SessionID: id, Type: api.EventSessionIdle, Data: map[string]string{"sessionID": id}})
		if err := r.ledger.Write(ctx, c); err != nil {
			return err
		}
		r.log.Warn("turn was interrupted", "session_id", id, "turn_id", m.Info.ID)
	}
	return nil
}

// agent returns the agent of a name, "" meaning the default one; nil if there
// is none.
func (r *server) agent(name string) *agents.Agent {
	if name == "" {
		name = r.cfg.Agent
	}
	i := slices.IndexFunc(r.agents, func(a agents.Agent) bool { return a.Name == name })
	if i < 0 {
		// OpenCode's own clients ask for their default agents by name.
		if name == "build" || name == "plan" || name == "general" {
			return r.agent("")
		}
		return nil
	}
	return &r.agents[i]
}

// account is what models have cost.
type account struct {
	mu     sync.Mutex
	tokens api.Tokens
	cost   float64
	day    string
	spent  float64 // in day
}

func (a *account) add(t api.Tokens, cost float64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.tokens.Add(t)
	a.cost += cost
	a.roll()
	a.spent += cost
}

func (a *account) roll() {
	if d := time.Now().Format(time.DateOnly); d != a.day {
		a.day, a.spent = d, 0
	}
}

func (a *account) today() float64 {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.roll()
	return a.spent
}

func (a *account) total() (api.Tokens, float64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.tokens, a.cost
}
