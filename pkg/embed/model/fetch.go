package model

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"panther/pkg/sd"
)

// InstallURL brings a model from an archive (zip or tar.gz) at an http or https
// URL, whose sha256 must be the given one. A broken download is resumed by the
// next call. progress, if not nil, is told the bytes that are there and the
// whole, which is -1 if the server does not say.
func InstallURL(ctx context.Context, url, sum, name, dir string, progress func(have, whole int64)) (string, error) {
	if len(sum) != 64 {
		return "", sd.UsageError("a URL needs --sha256 with the 64 digits that its publisher gives")
	}
	if name == "" || name != filepath.Base(name) || strings.HasPrefix(name, ".") {
		return "", sd.UsageError("%q is no name for a model", name)
	}
	path := filepath.Join(dir, name)
	if Present(path) {
		_, err := Verify(path)
		return path, err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", fmt.Errorf("create models folder: %w", err)
	}
	part := filepath.Join(dir, "."+strings.ToLower(sum[:16])+".part")
	if err := download(ctx, url, part, progress); err != nil {
		return "", fmt.Errorf("download %s: %w", url, err)
	}
	got, err := hashFile(part)
	if err != nil {
		return "", fmt.Errorf("download %s: %w", url, err)
	}
	if !strings.EqualFold(got, sum) {
		_ = os.Remove(part)
		return "", sd.Hint(fmt.Errorf("download %s: sha256 is %s, want %s", url, got, sum), "check the checksum with the publisher; nothing was installed")
	}
	tmp, err := workFolder(dir, name)
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(tmp)
	work := filepath.Join(tmp, "model")
	if err := os.Mkdir(work, 0o755); err != nil {
		return "", fmt.Errorf("create models folder: %w", err)
	}
	if err := unpack(part, work); err != nil {
		return "", fmt.Errorf("unpack %s: %w", url, err)
	}
	if err := publish(work, path, url, nil); err != nil {
		return "", err
	}
	return path, os.Remove(part)
}

// download appends to the file part what it lacks of url.
func download(ctx context.Context, url, part string, progress func(have, whole int64)) error {
	f, err := os.OpenFile(part, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
	if err != nil {
		return err
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return err
	}
	have := st.Size()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	if have > 0 {
		req.Header.Set("Range", fmt.Sprintf("bytes=%d-", have))
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	switch resp.StatusCode {
	case http.StatusPartialContent:
	case http.StatusRequestedRangeNotSatisfiable:
		return nil // it is all there; the checksum decides
	case http.StatusOK:
		have = 0
		if err := f.Truncate(0); err != nil {
			return err
		}
	default:
		return fmt.Errorf("the server answered %s", resp.Status)
	}
	whole := int64(-1)
	if resp.ContentLength >= 0 {
		whole = have + resp.ContentLength
	}
	w := io.Writer(f)
	if progress != nil {
		w = io.MultiWriter(f, progressWriter(func(n int) { have += int64(n); progress(have, whole) }))
	}
	if _, err := io.Copy(w, io.LimitReader(resp.Body, maxFile)); err != nil {
		return fmt.Errorf("%w (run again to resume)", err)
	}
	return f.Sync()
}

type progressWriter func(n int)

func (p progressWriter) Write(b []byte) (int, error) {
	p(len(b))
	return len(b), nil
}
