// Command panther is what a person types: ask, chat, search, sources, crawl,
// sessions, status, doctor and local. It listens on no socket but for `panther
// local`, which is ready when every service of its process is.
package main

import (
	"panther/pkg/panther"
	"panther/pkg/sd"
)

func main() { sd.Main(panther.Run) }
