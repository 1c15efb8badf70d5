package subagent

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"sync"
	"sync/atomic"

	"panther/pkg/sd"
)

const (
	// MaxFrame bounds one message: a conversation that fills a model.
	MaxFrame = 8 << 20
	// maxInFlight bounds the requests of the other side that run at once: the
	// calls of one answer. maxPending bounds their bytes.
	maxInFlight = 32
	maxPending  = 2 * MaxFrame
)

// Error codes of JSON-RPC 2.0, and ours.
const (
	codeMethod = -32601
	codeParams = -32602
	codeFailed = -32000 // the method failed; the message says why
)

// Error is a failure that the other side answered with.
type Error struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
}

func (e *Error) Error() string { return e.Message }

// ErrClosed means that the connection is gone.
var ErrClosed = errors.New("the connection to the other side is closed")

// Handler answers a request of the other side.
type Handler func(ctx context.Context, method string, params json.RawMessage) (any, error)

type frame struct {
	Version string          `json:"jsonrpc"`
	ID      json.RawMessage `json:"id,omitempty"`
	Method  string          `json:"method,omitempty"`
	Params  json.RawMessage `json:"params,omitempty"`
	Result  json.RawMessage `json:"result,omitempty"`
	Error   *Error          `json:"error,omitempty"`
}

// Peer is one end of a connection. Its methods may be called by several
// goroutines.
type Peer struct {
	conn    net.Conn
	handler Handler

	wmu sync.Mutex

	mu      sync.Mutex
	last    int
	waiting map[string]chan frame
	err     error
	closed  chan struct{}
}

// NewPeer returns a peer; Serve must run for anything to be answered.
func NewPeer(conn net.Conn, h Handler) *Peer {
	return &Peer{conn: conn, handler: h, waiting: map[string]chan frame{}, closed: make(chan struct{})}
}

// Serve reads until the connection ends or ctx does, and closes it. Requests
// that still run are cancelled.
func (p *Peer) Serve(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(ctx, func() { _ = p.conn.Close() })()
	err := p.read(ctx)
	if ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	if err == nil {
		err = ErrClosed
	}
	p.mu.Lock()
	p.err = err
	close(p.closed)
	p.mu.Unlock()
	_ = p.conn.Close()
	return err
}

func (p *Peer) read(ctx context.Context) error {
	sc := bufio.NewScanner(p.conn)
	sc.Buffer(make([]byte, 0, 64<<10), MaxFrame)
	slots := make(chan struct{}, maxInFlight)
	var pending atomic.Int64
	for sc.Scan() {
		if len(sc.Bytes()) == 0 {
			continue
		}
		var f frame
		if err := json.Unmarshal(sc.Bytes(), &f); err != nil || f.Version != "2.0" {
			return errors.New("the other side sent what is not JSON-RPC 2.0")
		}
		if f.Method == "" {
			p.mu.Lock()
			ch := p.waiting[string(f.ID)]
			delete(p.waiting, string(f.ID))
			p.mu.Unlock()
			if ch != nil {
				ch <- f
			}
			continue
		}
		select {
		case slots <- struct{}{}:
		default:
			return fmt.Errorf("the other side has more than %d requests in flight", maxInFlight)
		}
		size := int64(len(sc.Bytes()))
		if pending.Add(size) > maxPending {
			return fmt.Errorf("the other side has more than %d bytes of requests in flight", maxPending)
		}
		go func() {
			defer func() { pending.Add(-size); <-slots }()
			p.handle(ctx, f)
		}()
	}
	switch err := sc.Err(); {
	case errors.Is(err, bufio.ErrTooLong):
		return fmt.Errorf("the other side sent a message of more than %d bytes", MaxFrame)
	case err != nil && !errors.Is(err, net.ErrClosed) && !errors.Is(err, io.ErrClosedPipe):
		return fmt.Errorf("read message: %w", err)
	}
	return nil
}

func (p *Peer) handle(ctx context.Context, f frame) {
	var v any
	err := sd.Guard("answer "+f.Method, f.Params, func() (err error) { v, err = p.handler(ctx, f.Method, f.Params); return err })
	if len(f.ID) == 0 {
		return // a notification
	}
	out := frame{Version: "2.0", ID: f.ID}
	if err == nil {
		out.Result, err = json.Marshal(v)
	}
	if err != nil {
		var e *Error
		if !errors.As(err, &e) {
			e = &Error{Code: codeFailed, Message: err.Error()}
		}
		out.Result, out.Error = nil, e
	}
	_ = p.write(out) // a connection that broke is noticed by read
}

func (p *Peer) write(f frame) error {
	b, err := json.Marshal(f)
	if err != nil {
		return fmt.Errorf("encode message: %w", err)
	}
	if len(b) >= MaxFrame {
		return fmt.Errorf("the message has more than %d bytes", MaxFrame)
	}
	p.wmu.Lock()
	defer p.wmu.Unlock()
	if _, err := p.conn.Write(append(b, '\n')); err != nil {
		return fmt.Errorf("send message: %w", err)
	}
	return nil
}

// Call asks the other side and decodes its answer into out, where it is not
// nil.
func (p *Peer) Call(ctx context.Context, method string, params, out any) error {
	b, err := json.Marshal(params)
	if err != nil {
		return fmt.Errorf("encode %s: %w", method, err)
	}
	p.mu.Lock()
	p.last++
	id := strconv.Itoa(p.last)
	ch := make(chan frame, 1)
	p.waiting[id] = ch
	p.mu.Unlock()
	defer func() {
		p.mu.Lock()
		delete(p.waiting, id)
		p.mu.Unlock()
	}()
	if err := p.write(frame{Version: "2.0", ID: json.RawMessage(id), Method: method, Params: b}); err != nil {
		return err
	}
	select {
	case f := <-ch:
		if f.Error != nil {
			return f.Error
		}
		if out == nil {
			return nil
		}
		if err := json.Unmarshal(f.Result, out); err != nil {
			return fmt.Errorf("decode answer to %s: %w", method, err)
		}
		return nil
	case <-p.closed:
		return p.err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// decode reads params for a method.
func decode(params json.RawMessage, into any) error {
	if err := json.Unmarshal(params, into); err != nil {
		return &Error{Code: codeParams, Message: "wrong parameters: " + err.Error()}
	}
	return nil
}

func unknown(method string) error {
	return &Error{Code: codeMethod, Message: "there is no method " + strconv.Quote(method)}
}
