package embed

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
)

// formers are models that passages may have vectors of although another one is
// configured now: those installed in the same folder. They embed queries, so that
// searches go on with the vectors there are, while the passages get new ones or
// when the new ones are refused. One that was asked for stays open, as long as
// the service runs. The zero value has none.
type formers struct {
	dir string        // where the models' folders are
	cfg EncoderConfig // how they are run; their prefixes are their own

	mu   sync.Mutex
	open map[string]*encoderProvider // by the folder's name
}

// get returns a model by its folder's name, or nil if it is not installed or not
// sound.
func (f *formers) get(name string) *encoderProvider {
	if f.dir == "" || name == "" || name != filepath.Base(name) {
		return nil
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if p := f.open[name]; p != nil {
		return p
	}
	dir := filepath.Join(f.dir, name)
	if _, err := os.Stat(filepath.Join(dir, "config.json")); err != nil {
		return nil
	}
	p, err := openEncoder(dir, f.cfg)
	if err != nil {
		return nil
	}
	if f.open == nil {
		f.open = map[string]*encoderProvider{}
	}
	f.open[name] = p
	return p
}

func (f *formers) close() (err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, p := range f.open {
		err = errors.Join(err, p.Close())
	}
	return err
}

// Former describes a model that embeds queries beside the current one.
func (p *encoderProvider) Former(name string) (Info, bool) {
	if name == p.name {
		return Info{}, false
	}
	o := p.formers.get(name)
	if o == nil {
		return Info{}, false
	}
	i, err := o.Info(context.Background())
	return i, err == nil
}
