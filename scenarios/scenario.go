// Package scenarios holds what a scenario file says: the sections, their defaults and what is checked. Package load reads files.
package scenarios

import (
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/dsnsim/dsnsim/internal/infile"
	"github.com/dsnsim/dsnsim/internal/plain"
	"github.com/dsnsim/dsnsim/internal/spell"
	"github.com/dsnsim/dsnsim/internal/strict"
	"github.com/dsnsim/dsnsim/scenarios/demand"
	"github.com/dsnsim/dsnsim/scenarios/expect"
	"github.com/dsnsim/dsnsim/scenarios/services"
	"github.com/dsnsim/dsnsim/sim/units"
)

// Version is the version of the schema that this package reads.
const Version = 1

// Scenario is one scenario as it is run: defaults filled in, overrides applied, checked.
type Scenario struct {
	Version int    `yaml:"version" strict:"required,oneof=1"`
	Name    string `yaml:"name"` // default: the file's name without its ending
	// Target is whom the scenario is for: enterprise, cloud or service-provider. It changes defaults; see target.
	Target string `yaml:"target" strict:"oneof=enterprise|cloud|service-provider"`
	Rack   Rack   `yaml:"rack"`
	DSN    DSN    `yaml:"dsn"`
	// Services is the chain that every packet passes, in order from the network to the VM; outbound it is passed backwards.
	Services services.Chain   `yaml:"services"`
	Traffic  []demand.Traffic `yaml:"traffic"`
	// Workloads are RDMA and storage, beside or instead of Traffic.
	Workloads []demand.Workload `yaml:"workloads"`
	// Prices are what things cost; nil where nobody asks.
	Prices *Prices `yaml:"prices"`
	// Attacks are what is tried against the DSN while the traffic runs.
	Attacks []Attack `yaml:"attacks"`
	Run     Run      `yaml:"run"`
	// Expect is what the run must show. Placements names the placements to run, in the order of the report.
	Expect     []expect.Expectation `yaml:"expect"`
	Placements []string             `yaml:"placements"`

	// Extends and Matrix are what the loader acts on before it decodes the rest.
	Extends composed `yaml:"extends"`
	Matrix  composed `yaml:"matrix"`

	// File is where the scenario was read from, and SHA256 the hex hash of its normal form after all overrides,
	// and of the contents of the files that it names.
	File   string `yaml:"-"`
	SHA256 string `yaml:"-"`
	// Files are the files that may be read for it.
	Files infile.Files `yaml:"-"`
	// LeftOut are the placements that the command line left out: what is expected of them is not asked.
	LeftOut []string `yaml:"-"`
	// Variant is what of a file's matrix this is, such as rate=25Gbps; "" for a file without one. Name ends with it.
	Variant string `yaml:"-"`
}

// Run says how long to simulate and from which seed.
type Run struct {
	// Duration is how long packets are sent, the warm-up at its beginning included. Where DurationRule has it follow the captures, it
	// is the longest run until they are read.
	Duration     units.Duration `yaml:"-"`
	DurationRule DurationRule   `yaml:"duration"`
	// Warmup is the part of Duration before measuring starts; shorter than Duration. Where WarmupRule has it found, it is the default,
	// a tenth of Duration, until then.
	Warmup     units.Duration `yaml:"-"`
	WarmupRule WarmupRule     `yaml:"warmup"`
	Seed       uint64         `yaml:"seed"`
	// Cold has tables and caches empty when the run begins. Else they hold the flows that are open then.
	Cold bool `yaml:"cold"`
	// Replications is how many independent runs the results are averaged over; 1 gives no confidence intervals. Precision adds to
	// them until each of its targets is met, up to MaxReplications.
	Replications    int        `yaml:"replications" strict:"min=1,max=1000"`
	Precision       Precisions `yaml:"precision"`
	MaxReplications int        `yaml:"max_replications" strict:"min=2,max=1000"`
}

// maxDuration bounds a run. Assumed: at 100 Gbps an hour is 10^11 packets, which nobody simulates.
const maxDuration = 3600 * units.Second

// AllPlacements returns the names of the placements that a scenario runs unless it says otherwise: the five ways to implement
// a DSN, from inside the server outwards.
func AllPlacements() []string {
	return []string{"software", "nic", "bump-in-the-wire", "tor", "appliance"}
}

// KnownPlacements returns the names of all placements: AllPlacements, and what there was before DSNs, each service in a
// box of its own.
func KnownPlacements() []string { return append(AllPlacements(), "discrete") }

// Defaults returns a scenario that a file fills in.
func Defaults(file string) Scenario {
	s := Scenario{
		Name: plain.Name(strings.TrimSuffix(filepath.Base(file), filepath.Ext(file))),
		Rack: Rack{
			Servers: 1,
			Server: Server{
				Virtualization: "kvm", VMs: 8, Cores: 32,
				PCIe: PCIe{Gen: 4, Lanes: 16, Page: 4 * units.KiB},
				Slot: "pcie",
				NIC: NIC{Rate: 100 * units.Gbps, SRIOV: true, Driver: "poll", Interrupts: Coalescing{Usecs: 8, Frames: 16},
					Completions: Coalescing{Frames: 1}, Tagging: "source-mac", VF: VF{Queues: 1}},
			},
			Uplink:     DefaultUplink,
			Uplinks:    1,
			Cables:     Cables{ServerToR: 3 * units.Metre, ToRSpine: 100 * units.Metre, ToRAppliance: 5 * units.Metre},
			Deployment: "greenfield",
		},
		DSN: DSN{
			Profile: "reference-100g", Count: Count{ToR: 4, Appliance: 4, Discrete: 1}, Spread: "flow",
			Management: "network", Software: Software{Auto: true, Cores: 4},
			Parser: Parser{TooDeep: "pass", Fragments: "table"},
			// assumed: air of 45 C behind the disks and CPUs of a server
			Power: Power{Over: "violation", Domains: ClockDomains(), Ambient: 45 * units.Celsius}, PCIeFirewall: true,
		},
		Run:        Run{Duration: 10 * units.Millisecond, Warmup: units.Millisecond, Seed: 1, Replications: 1},
		Placements: AllPlacements(),
		File:       file,
	}
	return s
}

// UnmarshalStrict decodes the whole file and checks what concerns several of its parts.
func (s *Scenario) UnmarshalStrict(n *strict.Node) {
	type whole Scenario
	if n.Kind() != strict.Mapping {
		n.Errorf("expected a mapping, got %s", n.Glimpse())
		return
	}
	user := targeted(n)
	user.rack(&s.Rack)
	n.Decode((*whole)(s))
	user.complete(s, n)
	if n.Has("name") && !printable(s.Name) {
		n.At("name").Errorf("expected a name of at most %d printable characters, got %q", longestName, s.Name)
	}
	s.checkPlacements(n)
	s.checkCores(n)
	s.checkSoftware(n)
	s.checkServices(n)
	s.checkForm(n)
	s.checkTraffic(n)
	s.checkDuration(n)
	s.checkPatterns(n)
	s.checkFunctions(n)
	s.checkOpened(n)
	s.checkWorkloads(n)
	s.checkAttacks(n)
	s.checkClasses(n)
	s.checkExpect(n)
	s.checkPrecision(n)
}

// composed is a key that the loader takes out before the scenario is decoded. One that is still there came with --set.
type composed struct{}

// UnmarshalStrict refuses what comes too late.
func (composed) UnmarshalStrict(n *strict.Node) {
	n.Errorf("a file cannot be extended from the command line; write a file with extends: in it")
}

// NameVariant names a variant after its file's name and what differs, or its number where that is too long or like another's.
func (s *Scenario) NameVariant(label string, number int, alike bool) {
	if label == "" {
		return
	}
	if alike || len(s.Name)+1+len(label) > longestName {
		label = fmt.Sprintf("%d", number)
	}
	s.Variant = label
	s.Name += "/" + label
}

// Choose has only some placements run, since the command line says so: what is expected of the others is not asked.
func (s *Scenario) Choose(placements []string) {
	for _, name := range s.Placements {
		if !slices.Contains(placements, name) {
			s.LeftOut = append(s.LeftOut, name)
		}
	}
	s.Placements = placements
}

func (s *Scenario) checkPlacements(n *strict.Node) {
	if !n.Has("placements") {
		return
	}
	list := n.At("placements")
	if list.FromSet() {
		chosen := s.Placements
		s.Placements = AllPlacements() // the file's own are not known any more
		s.Choose(chosen)
	}
	if list.Kind() == strict.List && len(s.Placements) == 0 {
		list.Errorf("expected at least one placement (valid: %s)", strings.Join(KnownPlacements(), ", "))
	}
	if list.TooLong() {
		return
	}
	for i, item := range list.Items() {
		name := s.Placements[i]
		if !slices.Contains(KnownPlacements(), name) {
			item.Errorf("unknown placement %q%s", name, spell.DidYouMean(name, KnownPlacements()))
		} else if slices.Contains(s.Placements[:i], name) {
			item.Errorf("duplicate placement %q", name)
		}
	}
}

// checkCores keeps the cores of a software DSN within the server's. A default gives way, a number in the file is an error.
func (s *Scenario) checkCores(n *strict.Node) {
	if s.DSN.Software.Cores <= s.Rack.Server.Cores {
		return
	}
	if at := n.At("dsn", "software"); at.Has("cores") {
		at.At("cores").Errorf("expected at most the server's %d cores, got %d", s.Rack.Server.Cores, s.DSN.Software.Cores)
	}
	s.DSN.Software.Cores = s.Rack.Server.Cores
}

const longestName = 80

// printable reports whether a name can stand in every report format: one line, no control characters.
func printable(name string) bool {
	return name != "" && len(name) <= longestName && plain.Name(name) == name
}

// classPattern is what a traffic class may be called: expectations separate names by dots and spaces.
var classPattern = regexp.MustCompile(`^[A-Za-z0-9_-]{1,40}$`)

// Calm returns the scenario without what is measured against it: attacks and expectations.
func (s *Scenario) Calm() *Scenario {
	own := *s
	own.Attacks, own.Expect = nil, nil
	return &own
}
