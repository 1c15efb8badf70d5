package opencode

import (
	"bufio"
	"errors"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"panther/pkg/llm"
	"panther/pkg/llm/scripted"
	"panther/pkg/opencode/api"
)

// A stop does not wait for streams that are open, nor for a reader that is
// stuck, nor for a browser's connection that asks for nothing.
func TestStopIsQuick(t *testing.T) {
	t.Parallel()
	w := newWorld(t, withModel(t, func(scripted.Request) scripted.Reply {
		return scripted.Reply{Text: strings.Repeat("many words ", 20000)}
	}))
	addr := strings.TrimPrefix(w.tcp(), "http://")
	s := w.session()
	for _, request := range []string{"", "GET /event HTTP/1.1\r\nHost: localhost\r\n\r\n", "GET /global/event HTTP/1.1\r\nHost: localhost\r\n\r\n"} {
		c, err := net.Dial("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = c.Close() })
		if request == "" {
			continue
		}
		if _, err := c.Write([]byte(request)); err != nil {
			t.Fatal(err)
		}
		if line, err := bufio.NewReaderSize(c, 16).ReadString('\n'); err != nil || !strings.Contains(line, "200") {
			t.Fatalf("%q, %v", line, err)
		} // and reads no more
	}
	for range 40 { // more than the buffers of a connection hold
		p := api.Ask(strings.Repeat("many words ", 20000))
		p.NoReply = true
		if _, err := w.client.Prompt(t.Context(), s.ID, p); err != nil {
			t.Fatal(err)
		}
	}
	stopped := make(chan struct{})
	go func() { defer close(stopped); w.stop() }()
	select {
	case <-stopped:
	case <-time.After(2 * time.Minute):
		t.Fatal("the stop waits for them")
	}
}

// A prompt that waited behind a running turn when the process ended is answered
// by the next one, once; the turn that ran is marked. One that is sent again is
// not answered again.
func TestPromptsOutliveTheProcess(t *testing.T) {
	t.Parallel()
	hanging := make(chan struct{}, 1)
	w := newWorld(t, withModel(t, func(r scripted.Request) scripted.Reply {
		if strings.Contains(r.Last(llm.RoleUser), "hang") {
			hanging <- struct{}{}
			return scripted.Reply{Hang: true}
		}
		return scripted.Reply{Text: "Answered."}
	}))
	s := w.session()
	if err := w.client.PromptAsync(t.Context(), s.ID, api.Ask("hang")); err != nil {
		t.Fatal(err)
	}
	<-hanging
	second := api.Ask("the second question")
	second.MessageID, second.System = "msg_second", "Be brief."
	if err := w.client.PromptAsync(t.Context(), s.ID, second); err != nil {
		t.Fatal(err)
	}
	w.stop()
	w.start()
	var list []api.MessageWithParts
	w.until(api.Subscribe{Session: s.ID, After: 1}, func(e api.Event, p api.Properties) bool {
		return p.Message != nil && p.Message.ParentID == second.MessageID && p.Message.Time.Completed > 0
	})
	list, err := w.client.Messages(t.Context(), s.ID, 0)
	if err != nil || len(list) != 4 {
		t.Fatalf("%d messages, %v", len(list), err)
	}
	byParent := map[string]*api.MessageWithParts{}
	for i := range list {
		byParent[list[i].Info.ParentID] = &list[i]
	}
	if m := byParent[second.MessageID]; m == nil || m.Text() != "Answered." || m.Info.Error != nil {
		t.Errorf("the prompt that waited: %+v", m)
	}
	if m := byParent[list[0].Info.ID]; m == nil || m.Info.Error == nil || m.Info.Error.Name != api.NameTurnInterrupted {
		t.Errorf("the turn that ran: %+v", m)
	}
	var refused *api.Error
	if err := w.client.PromptAsync(t.Context(), s.ID, second); !errors.As(err, &refused) || refused.Status != http.StatusConflict {
		t.Errorf("sent again: %v", err)
	}
}
