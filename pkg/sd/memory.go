package sd

import (
	"math"
	"os"
	"path"
	"runtime/debug"
	"strconv"
	"strings"
)

// limitMemory tells the runtime of the memory that the unit may have, so that
// garbage is collected before the kernel slows the process down at MemoryHigh= or
// ends it at MemoryMax=. A tenth stays for what the runtime does not count.
// GOMEMLIMIT takes precedence.
func limitMemory() {
	if os.Getenv("GOMEMLIMIT") != "" {
		return
	}
	if n := memoryLimit("/proc/self/cgroup", "/sys/fs/cgroup"); n > 0 {
		debug.SetMemoryLimit(n - n/10)
	}
}

// memoryLimit returns the smallest memory.high or memory.max of the process's
// control group and those above it, in bytes; 0 means none.
func memoryLimit(self, root string) int64 {
	b, err := os.ReadFile(self)
	if err != nil {
		return 0
	}
	group, ok := "", false
	for line := range strings.Lines(string(b)) {
		if group, ok = strings.CutPrefix(strings.TrimSuffix(line, "\n"), "0::"); ok {
			break
		}
	}
	limit := int64(math.MaxInt64)
	for dir := path.Clean("/" + group); ok && dir != "/"; dir = path.Dir(dir) {
		for _, name := range []string{"memory.high", "memory.max"} {
			b, err := os.ReadFile(path.Join(root, dir, name))
			if n, perr := strconv.ParseInt(strings.TrimSpace(string(b)), 10, 64); err == nil && perr == nil && n > 0 {
				limit = min(limit, n)
			}
		}
	}
	if limit == math.MaxInt64 {
		return 0
	}
	return limit
}
