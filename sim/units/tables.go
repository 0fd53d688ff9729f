package units

// The units of each quantity. A unit that is finer than the base (fs, uW, ...) is understood so that 1000uW is 1mW and
// 500uW gets the error that says why not. Nothing changes these tables after the start of the program.
var (
	durations = dimension{
		what: "a duration", example: "10us", zero: "0s",
		units: []unit{
			{"s", 1e12, 1, true}, {"ms", 1e9, 1, true}, {"us", 1e6, 1, true}, {"ns", 1e3, 1, true}, {"ps", 1, 1, true},
			{"fs", 1, 1e3, false},
		},
		aliases: map[string]string{
			"sec": "s", "secs": "s", "second": "s", "seconds": "s", "msec": "ms", "msecs": "ms", "millis": "ms",
			"usec": "us", "usecs": "us", "micros": "us", "nsec": "ns", "nsecs": "ns", "nanos": "ns", "psec": "ps",
		},
	}
	sizes = dimension{
		what: "a size in bytes", example: "1500B or 64KiB", zero: "0B",
		units: []unit{
			{"TB", 1e12, 1, true}, {"GB", 1e9, 1, true}, {"MB", 1e6, 1, true}, {"kB", 1e3, 1, true},
			{"GiB", 1 << 30, 1, true}, {"MiB", 1 << 20, 1, true}, {"KiB", 1 << 10, 1, true}, {"B", 1, 1, true},
		},
		aliases: map[string]string{
			"b": "B", "byte": "B", "bytes": "B", "kb": "kB", "Mb": "MB", "Gb": "GB", "Tb": "TB", "k": "kB", "M": "MB", "G": "GB",
			"Ki": "KiB", "Mi": "MiB", "Gi": "GiB", "Kib": "KiB", "Mib": "MiB", "Gib": "GiB",
		},
	}
	bitSizes = dimension{
		what: "a size in bits", example: "1Mbit or 125kB", zero: "0bit",
		units: []unit{
			{"Tbit", 1e12, 1, true}, {"Gbit", 1e9, 1, true}, {"Mbit", 1e6, 1, true}, {"kbit", 1e3, 1, true}, {"bit", 1, 1, true},
			{"Tb", 1e12, 1, false}, {"Gb", 1e9, 1, false}, {"Mb", 1e6, 1, false}, {"kb", 1e3, 1, false}, {"b", 1, 1, false},
			{"TB", 8e12, 1, false}, {"GB", 8e9, 1, false}, {"MB", 8e6, 1, false}, {"kB", 8e3, 1, false}, {"B", 8, 1, false},
			{"GiB", 8 << 30, 1, false}, {"MiB", 8 << 20, 1, false}, {"KiB", 8 << 10, 1, false},
		},
		aliases: map[string]string{"bits": "bit", "kbits": "kbit", "mbits": "Mbit", "gbits": "Gbit", "byte": "B", "bytes": "B"},
	}
	rates = dimension{
		what: "a data rate", example: "25Gbps", zero: "0bps",
		units: []unit{
			{"Tbps", 1e12, 1, true}, {"Gbps", 1e9, 1, true}, {"Mbps", 1e6, 1, true}, {"kbps", 1e3, 1, true}, {"bps", 1, 1, true},
			{"Tb/s", 1e12, 1, false}, {"Gb/s", 1e9, 1, false}, {"Mb/s", 1e6, 1, false}, {"kb/s", 1e3, 1, false}, {"b/s", 1, 1, false},
			{"Tbit/s", 1e12, 1, false}, {"Gbit/s", 1e9, 1, false}, {"Mbit/s", 1e6, 1, false}, {"kbit/s", 1e3, 1, false},
			{"bit/s", 1, 1, false},
			{"TB/s", 8e12, 1, false}, {"GB/s", 8e9, 1, false}, {"MB/s", 8e6, 1, false}, {"kB/s", 8e3, 1, false}, {"B/s", 8, 1, false},
		},
		aliases: map[string]string{
			"TBps": "TB/s", "GBps": "GB/s", "MBps": "MB/s", "kBps": "kB/s", "KBps": "kB/s", "Bps": "B/s",
			"t": "Tbps", "g": "Gbps", "m": "Mbps", "gb": "Gbps", "mb": "Mbps", "gbit": "Gbps", "mbit": "Mbps", "gig": "Gbps",
		},
	}
	packetRates = dimension{
		what: "a packet rate", example: "5Mpps", zero: "0pps",
		units: []unit{
			{"Gpps", 1e9, 1, true}, {"Mpps", 1e6, 1, true}, {"kpps", 1e3, 1, true}, {"pps", 1, 1, true},
		},
		aliases: map[string]string{"p/s": "pps", "kp/s": "kpps", "mp/s": "Mpps", "m": "Mpps", "mp": "Mpps"},
	}
	frequencies = dimension{
		what: "a frequency", example: "1.22GHz", zero: "0Hz",
		units: []unit{
			{"THz", 1e12, 1, true}, {"GHz", 1e9, 1, true}, {"MHz", 1e6, 1, true}, {"kHz", 1e3, 1, true}, {"Hz", 1, 1, true},
		},
		aliases: map[string]string{"g": "GHz", "ghz": "GHz", "m": "MHz", "mhz": "MHz"},
	}
	powers = dimension{
		what: "a power", example: "25W or 500mW", zero: "0W",
		units: []unit{
			{"kW", 1e6, 1, true}, {"W", 1e3, 1, true}, {"mW", 1, 1, true},
			{"uW", 1, 1e3, false}, {"nW", 1, 1e6, false},
		},
		aliases: map[string]string{"watt": "W", "watts": "W", "milliwatt": "mW", "milliwatts": "mW"},
	}
	energies = dimension{
		what: "an energy", example: "18.96pJ", zero: "0J",
		units: []unit{
			{"kJ", 1e18, 1, true}, {"J", 1e15, 1, true}, {"mJ", 1e12, 1, true}, {"uJ", 1e9, 1, true}, {"nJ", 1e6, 1, true},
			{"pJ", 1e3, 1, true}, {"fJ", 1, 1, true},
			{"aJ", 1, 1e3, false},
		},
		aliases: map[string]string{"joule": "J", "joules": "J"},
	}
	temperatures = dimension{
		what: "a temperature", example: "35C", zero: "0C",
		units:   []unit{{"C", 1e3, 1, true}, {"mC", 1, 1, true}},
		aliases: map[string]string{"c": "C", "celsius": "C", "degC": "C", "degc": "C"},
	}
	lengths = dimension{
		what: "a length", example: "3m or 50cm", zero: "0m",
		units: []unit{
			{"km", 1e6, 1, true}, {"m", 1e3, 1, true}, {"cm", 10, 1, true}, {"mm", 1, 1, true},
			{"um", 1, 1e3, false},
		},
		aliases: map[string]string{"metre": "m", "metres": "m", "meter": "m", "meters": "m"},
	}
	ratios = dimension{
		what: "a ratio", example: "40%", zero: "0%",
		units:   []unit{{"%", 1e4, 1, true}},
		aliases: map[string]string{"percent": "%", "pct": "%"},
	}
	counts = dimension{
		what: "a count", example: "5, 100k or 1M", zero: "0", whole: true,
		units: []unit{{"G", 1e9, 1, true}, {"M", 1e6, 1, true}, {"k", 1e3, 1, true}, {"", 1, 1, true}},
	}
)
