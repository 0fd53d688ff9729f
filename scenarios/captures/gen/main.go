// Command gen writes the capture that the project ships, mix.pcap: about 500 flows of TCP and UDP over IPv4 and IPv6,
// untagged, in one VLAN and in QinQ, in about 4,000 frames of 64 to 1518 bytes (with frame check sequence) over about
// 10 ms, as a tap on a link of 10 Gbit/s would see them. It always writes the same bytes.
//
//	go run ./scenarios/captures/gen
package main

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"github.com/dsnsim/dsnsim/sim/capture"
)

func main() {
	out := flag.String("o", filepath.Join("scenarios", "captures", "mix.pcap"), "`file` to write")
	flag.Parse()
	if err := run(*out); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

// run writes the capture to path.
func run(path string) error {
	data, err := encode(mix())
	if err != nil {
		return err
	}
	return os.WriteFile(path, data, 0o644)
}

// encode returns the capture file of records.
func encode(records []capture.Record) ([]byte, error) {
	var b bytes.Buffer
	w, err := capture.NewWriter(&b)
	if err != nil {
		return nil, err
	}
	for _, r := range records {
		if err := w.Write(r); err != nil {
			return nil, err
		}
	}
	return b.Bytes(), nil
}
