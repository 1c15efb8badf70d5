package embed

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"panther/pkg/embed/model"
	"panther/pkg/encoder"
	"panther/pkg/sd"
)

// BenchReport is what `panther-embed bench` prints.
type BenchReport struct {
	Model      string            `json:"model"`
	Kernels    string            `json:"kernels"`
	Precisions []PrecisionReport `json:"precisions"`
	Cold       time.Duration     `json:"cold_first_vector_ns"` // from connecting to a socket whose service is not running; 0 if not measured
	Memory     int64             `json:"memory_bytes"`         // peak resident set of that service after bulk work
}

// PrecisionReport is what one precision takes.
type PrecisionReport struct {
	Precision  string        `json:"precision"`
	Throughput []Throughput  `json:"throughput"`
	Query      time.Duration `json:"query_p50_ns"` // of a question of ten words through the API
	QueryP99   time.Duration `json:"query_p99_ns"`
	BusyQuery  time.Duration `json:"busy_query_p50_ns"` // the same while passages are embedded
	BusyP99    time.Duration `json:"busy_query_p99_ns"`
	BusyRate   float64       `json:"busy_passages_per_second"` // meanwhile, of 128 tokens
}

// Throughput is how many passages of a length are embedded in a second.
type Throughput struct {
	Tokens    int     `json:"tokens"`
	Cores     int     `json:"cores"`
	PerSecond float64 `json:"passages_per_second"`
}

// BenchCommand measures an installed model on this machine.
func BenchCommand() *cobra.Command {
	c := &cobra.Command{Use: "bench [FOLDER]", Short: "Measure the embedder on this machine", Args: cobra.MaximumNArgs(1)}
	asJSON := c.Flags().Bool("json", false, "print one JSON object")
	each := c.Flags().Duration("time", 2*time.Second, "duration of each measurement")
	kernels := c.Flags().String("kernels", "", "measure these instead of the best: "+strings.Join(encoder.Kernels(), ", "))
	c.RunE = func(c *cobra.Command, args []string) error {
		cache, err := model.CacheDir()
		if err != nil {
			return err
		}
		dir := filepath.Join(model.ServerDir, model.Default)
		if !model.Present(dir) {
			dir = filepath.Join(cache, model.Default)
		}
		if len(args) > 0 {
			if dir, err = filepath.Abs(args[0]); err != nil {
				return err
			}
		}
		r, err := Bench(c.Context(), dir, *kernels, *each)
		if err != nil {
			return err
		}
		if *asJSON {
			return json.NewEncoder(c.OutOrStdout()).Encode(r)
		}
		r.print(c.OutOrStdout())
		return nil
	}
	return c
}

func (r *BenchReport) print(w io.Writer) {
	fmt.Fprintf(w, "%s, %s kernels\n", r.Model, r.Kernels)
	ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	for _, p := range r.Precisions {
		for _, t := range p.Throughput {
			fmt.Fprintf(w, "%-7s %4d tokens, %d cores  %7.1f passages/s\n", p.Precision, t.Tokens, t.Cores, t.PerSecond)
		}
		fmt.Fprintf(w, "%-7s query alone           p50 %.2f ms, p99 %.2f ms\n", p.Precision, ms(p.Query), ms(p.QueryP99))
		fmt.Fprintf(w, "%-7s query during bulk     p50 %.2f ms, p99 %.2f ms, beside %.0f passages/s of 128 tokens\n",
			p.Precision, ms(p.BusyQuery), ms(p.BusyP99), p.BusyRate)
	}
	if r.Cold > 0 {
		fmt.Fprintf(w, "cold to first vector  %.0f ms; resident after bulk work %d MB\n", ms(r.Cold), r.Memory>>20)
	}
}

// Bench measures the model in dir in each precision, each figure for about that
// long.
func Bench(ctx context.Context, dir, kernels string, each time.Duration) (*BenchReport, error) {
	r := &BenchReport{}
	for _, precision := range []string{PrecisionFloat32, PrecisionInt8} {
		if err := r.measure(ctx, dir, EncoderConfig{Precision: precision, Kernels: kernels}, each); err != nil {
			return nil, err
		}
	}
	return r, r.cold(ctx, dir, kernels, each)
}

func (r *BenchReport) measure(ctx context.Context, dir string, cfg EncoderConfig, each time.Duration) error {
	p, err := openEncoder(dir, cfg)
	if err != nil {
		return err
	}
	s := newService(p, Default())
	defer s.close()
	r.Model, r.Kernels = p.name, p.enc.Engine()
	of := PrecisionReport{Precision: p.enc.Precision()}
	cores := runtime.GOMAXPROCS(0)
	defer runtime.GOMAXPROCS(cores)
	for _, tokens := range []int{32, 128, 256} {
		for _, n := range slices.Compact([]int{1, cores}) {
			runtime.GOMAXPROCS(n)
			rate, err := p.throughput(ctx, tokens, each)
			if err != nil {
				return err
			}
			of.Throughput = append(of.Throughput, Throughput{tokens, n, rate})
		}
	}
	runtime.GOMAXPROCS(cores)
	if err := s.benchQueries(ctx, &of, each); err != nil {
		return err
	}
	r.Precisions = append(r.Precisions, of)
	return nil
}

// benchPassage has exactly that many tokens, [CLS] and [SEP] included.
func benchPassage(tokens int) Input { return Input{Text: strings.Repeat("the ", tokens-2)} }

func (p *encoderProvider) throughput(ctx context.Context, tokens int, each time.Duration) (float64, error) {
	in := make([]Input, 32)
	for i := range in {
		in[i] = benchPassage(tokens)
	}
	start, done := time.Now(), 0
	for time.Since(start) < each {
		if _, err := p.Embed(ctx, Batch{Inputs: in}); err != nil {
			return 0, err
		}
		done += len(in)
	}
	return float64(done) / time.Since(start).Seconds(), nil
}

const benchQuestion = `{"input":"how do I create a partial index in postgresql?","input_type":"query","encoding_format":"base64"}`

// benchQueries asks one question after another over HTTP, alone and beside a
// client that keeps the embedder busy with passages.
func (s *service) benchQueries(ctx context.Context, r *PrecisionReport, each time.Duration) error {
	srv := httptest.NewServer(s.handler(""))
	defer srv.Close()
	var err error
	if r.Query, r.QueryP99, err = askFor(ctx, srv.Client(), srv.URL, each); err != nil {
		return err
	}
	bulk, cancel := context.WithCancel(ctx)
	var wg sync.WaitGroup
	start := time.Now()
	wg.Go(func() {
		in := make([]Input, 64)
		for i := range in {
			in[i] = benchPassage(128)
		}
		for bulk.Err() == nil {
			_, _ = s.embed(bulk, "", in, false)
		}
	})
	before := s.passages.Load()
	r.BusyQuery, r.BusyP99, err = askFor(ctx, srv.Client(), srv.URL, 2*each)
	r.BusyRate = float64(s.passages.Load()-before) / time.Since(start).Seconds()
	cancel()
	wg.Wait()
	return err
}

func askFor(ctx context.Context, c *http.Client, url string, each time.Duration) (p50, p99 time.Duration, err error) {
	var took []time.Duration
	for start := time.Now(); time.Since(start) < each; {
		t := time.Now()
		if err := ask(ctx, c, url, benchQuestion); err != nil {
			return 0, 0, err
		}
		took = append(took, time.Since(t))
	}
	slices.Sort(took)
	return took[len(took)/2], took[len(took)*99/100], nil
}

func ask(ctx context.Context, c *http.Client, url, body string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url+"/v1/embeddings", strings.NewReader(body))
	if err != nil {
		return err
	}
	resp, err := c.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("the embedder answered %s: %s", resp.Status, b)
	}
	return err
}

// cold starts this program as its socket unit would, with a socket that a
// client has connected to already, and measures its memory after bulk work.
func (r *BenchReport) cold(ctx context.Context, dir, kernels string, each time.Duration) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	tmp, err := os.MkdirTemp("", "embed-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	cfg := filepath.Join(tmp, "c.toml")
	if err := os.WriteFile(cfg, fmt.Appendf(nil, "version = 1\nmodel = %q\ncache = 0\nencoder.kernels = %q\n", dir, kernels), 0o600); err != nil {
		return err
	}
	sock := filepath.Join(tmp, "s.sock")
	ln, err := net.Listen("unix", sock)
	if err != nil {
		return err
	}
	defer ln.Close()
	f, err := ln.(*net.UnixListener).File()
	if err != nil {
		return err
	}
	defer f.Close()
	// systemd sets LISTEN_PID after the fork; a shell that execs does the same.
	cmd := exec.CommandContext(ctx, "/bin/sh", "-c", `LISTEN_PID=$$ LISTEN_FDS=1 LISTEN_FDNAMES=`+Name+` exec "$0" -config "$1"`, self, cfg)
	cmd.ExtraFiles = []*os.File{f}
	cmd.Env = append(os.Environ(), "PANTHER_LOG=error")
	cmd.Stderr = os.Stderr
	client, base := sd.HTTPClient("unix:" + sock)
	start := time.Now()
	if err := cmd.Start(); err != nil {
		return err
	}
	defer func() {
		client.CloseIdleConnections()
		_ = cmd.Process.Signal(os.Interrupt)
		_ = cmd.Wait()
	}()
	if err := ask(ctx, client, base, benchQuestion); err != nil {
		return err
	}
	r.Cold = time.Since(start)
	texts := make([]string, 64)
	for i := range texts {
		texts[i] = benchPassage(256).Text
	}
	body, err := json.Marshal(map[string]any{"input": texts})
	if err != nil {
		return err
	}
	for start := time.Now(); time.Since(start) < each; {
		if err := ask(ctx, client, base, string(body)); err != nil {
			return err
		}
	}
	r.Memory, err = residentPeak(cmd.Process.Pid)
	return err
}

// residentPeak reads VmHWM of a process.
func residentPeak(pid int) (int64, error) { return statusBytes(pid, "VmHWM:") }

// statusBytes reads a size from the status of a process.
func statusBytes(pid int, field string) (int64, error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	_, rest, _ := bytes.Cut(b, []byte(field))
	line, _, _ := bytes.Cut(rest, []byte("kB"))
	kb, err := strconv.ParseInt(string(bytes.TrimSpace(line)), 10, 64)
	return kb << 10, err
}
