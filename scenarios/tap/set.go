package tap

import (
	"bufio"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/dsnsim/dsnsim/asic/service"
	"github.com/dsnsim/dsnsim/asic/tunnel"
	"github.com/dsnsim/dsnsim/scenarios/services"
	"github.com/dsnsim/dsnsim/sim/capture"
	"github.com/dsnsim/dsnsim/sim/stats"
)

// The bounds of a Set's packets: a default that any viewer opens at once, and 200 MB of memory for a placement.
const (
	DefaultPackets = 10_000
	MaxPackets     = 1_000_000
)

// Set holds a Recorder for each placement of a run.
type Set struct {
	packets   int
	recorders []*Recorder
}

// NewSet returns a Set that keeps the first packets of each placement only, 1 to MaxPackets.
func NewSet(packets int) *Set { return &Set{packets: packets} }

// Recorder adds the Recorder of one more placement. It is not for concurrent use; the Recorders are independent.
func (s *Set) Recorder(placement string) *Recorder {
	r := &Recorder{placement: placement, limit: s.packets}
	s.recorders = append(s.recorders, r)
	return r
}

// About says what the files come from.
type About struct {
	// Application is the program and its version.
	Application string
	// Scenario names the scenario, Profile the constants of the hardware.
	Scenario, Profile string
	// Tunnels are the chain's.
	Tunnels tunnel.Stack
	Seed    uint64
}

// Write writes a capture for each placement whose run came to its end into a folder that exists, the keys of the
// tunnels beside them, and how to read them: all files or none, under other names until every one is whole.
func (s *Set) Write(dir string, about About) (err error) {
	out := &staging{dir: dir}
	defer func() {
		if err != nil {
			out.discard()
		}
	}()
	sas := map[uint32]tunnel.Sender{}
	var names []string
	for _, r := range s.recorders {
		if !r.done {
			continue
		}
		names = append(names, r.placement+".pcapng")
		if err := out.file(r.placement+".pcapng", func(w io.Writer) error { return r.write(w, about, sas) }); err != nil {
			return err
		}
	}
	if len(names) == 0 {
		return nil
	}
	texts := [][2]string{{aboutFile, readme(names, about, len(sas) > 0)}}
	if len(sas) > 0 {
		for _, k := range about.Tunnels.Cipher.Keys {
			texts = append(texts, [2]string{k.Name, k.Text(about.Seed, keys(sas))})
		}
	}
	for _, t := range texts {
		if err := out.file(t[0], func(w io.Writer) error { _, err := io.WriteString(w, t[1]); return err }); err != nil {
			return err
		}
	}
	return out.commit()
}

// aboutFile says how to read the captures beside it.
const aboutFile = "README.txt"

// FileNames lists what Write may write beside the capture of each placement: that, and the keys of services that cipher.
func FileNames() []string {
	list := []string{aboutFile}
	for _, k := range services.All {
		if k.Chip.Ciphers() {
			stack := service.StackOf([]service.Service{*k.Chip})
			for _, f := range stack.Cipher.Keys {
				list = append(list, f.Name)
			}
		}
	}
	return list
}

// write writes the capture of one placement.
func (r *Recorder) write(to io.Writer, about About, sas map[uint32]tunnel.Sender) error {
	buffered := bufio.NewWriterSize(to, 1<<16)
	b := newBuilder(about.Tunnels, about.Seed, r.sources, sas)
	b.mirrors = r.Mirrors
	b.rewrites, b.rewritten = r.rewritten != nil, r.rewritten
	b.numbers = number(r.events, r.sources, b.protected)
	w, err := capture.NewNgWriter(buffered, r.section(about), r.interfaces())
	if err != nil {
		return err
	}
	for i := range r.events {
		e := &r.events[i]
		f, err := b.bytes(e)
		if err != nil {
			return err
		}
		comment := f.note
		if e.point == atDrops {
			comment = join(fmt.Sprintf("dropped at %s: %s", e.station, stats.DropReason(e.reason)), f.note)
		}
		record := capture.Record{TimeNs: e.at.Ps() / 1000, Wire: f.wire, Data: f.data}
		if err := w.Write(int(e.point), record, comment); err != nil {
			return err
		}
	}
	return buffered.Flush()
}

func (r *Recorder) section(about About) capture.NgSection {
	text := fmt.Sprintf("scenario %s, seed %d, first replication; time 0 is the start of the run; all %d packets",
		about.Scenario, about.Seed, len(r.events))
	if r.seen > uint64(len(r.events)) {
		text = fmt.Sprintf("scenario %s, seed %d, first replication; time 0 is the start of the run; the first %d of %d packets",
			about.Scenario, about.Seed, len(r.events), r.seen)
	}
	return capture.NgSection{Hardware: fmt.Sprintf("simulated DSN, profile %s, placement %s", about.Profile, r.placement),
		Application: about.Application, Comment: text}
}

func (r *Recorder) interfaces() []capture.NgInterface {
	return []capture.NgInterface{
		atNet:   {Name: "net", Description: "network side of the DSN at " + r.device + ": inbound frames as they arrive, outbound frames and copies of mirrors as they leave"},
		atVM:    {Name: "vm", Description: "VM side of the DSN at " + r.device + ": inbound frames as they leave, outbound frames as they arrive"},
		atDrops: {Name: "drops", Description: "frames of this DSN's flows that were lost, here or elsewhere on their way"},
	}
}

// keys lists the lines of the security associations in files of keys.
func keys(sas map[uint32]tunnel.Sender) (lines []string) {
	for _, spi := range slices.Sorted(maps.Keys(sas)) {
		lines = append(lines, sas[spi].KeyLine())
	}
	return lines
}

func readme(names []string, about About, encrypted bool) string {
	text := fmt.Sprintf(`%s wrote these captures of scenario %s, seed %d: what passed the simulated DSN.

%s
Each has three interfaces: net (network side), vm (VM side), drops (lost frames, with a comment that says where and why).
`, about.Application, about.Scenario, about.Seed, "  "+strings.Join(names, "\n  ")+"\n")
	if !encrypted {
		return text
	}
	return text + `
The frames on net are encrypted. ` + about.Tunnels.Cipher.Help(names[0]) + `
The keys come from the seed and are no secret: use them for nothing else.
`
}
