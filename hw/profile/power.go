package profile

import (
	"github.com/dsnsim/dsnsim/internal/strict"
	"github.com/dsnsim/dsnsim/sim/units"
)

// Power is what the hardware takes: at rest, and for each operation. The accesses to the memories of the stages are with
// those (Stage).
type Power struct {
	// Static is what a DSN takes at rest, all its dies and its card, without modules.
	Static Constant[units.Power] `yaml:"static" strict:"required"`
	// ParserByte is for each byte that parser and deparser handle, PHVStage for a packet in each stage in use.
	ParserByte Constant[units.Energy] `yaml:"parser_byte" strict:"required"`
	PHVStage   Constant[units.Energy] `yaml:"phv_stage" strict:"required"`
	// MemoryBit is for each bit of an access to the memory behind the chip, CryptoBit for each bit ciphered.
	MemoryBit Constant[units.Energy] `yaml:"memory_bit" strict:"required"`
	CryptoBit Constant[units.Energy] `yaml:"crypto_bit" strict:"required"`
	// ARMCycle is for each cycle that a core of the chip works, AsymmetricUnit a unit of its engine for handshakes that does.
	ARMCycle       Constant[units.Energy] `yaml:"arm_cycle" strict:"required"`
	AsymmetricUnit Constant[units.Power]  `yaml:"asymmetric_unit" strict:"required"`
	// EthernetBit and PCIeBit are for each bit at one end of a link, sent or received.
	EthernetBit Constant[units.Energy] `yaml:"ethernet_bit" strict:"required"`
	PCIeBit     Constant[units.Energy] `yaml:"pcie_bit" strict:"required"`
	// The module at one end of a cable, by medium; fibre up to 50G (SFP) and above (QSFP).
	CopperModule Constant[units.Power] `yaml:"copper_module" strict:"required"`
	SFPModule    Constant[units.Power] `yaml:"sfp_module" strict:"required"`
	QSFPModule   Constant[units.Power] `yaml:"qsfp_module" strict:"required"`
	// HostCore is a host core that polls, HostNIC an ordinary NIC at rest, ToRPort a port of the merchant switch, Chassis an
	// appliance without its DSNs.
	HostCore Constant[units.Power] `yaml:"host_core" strict:"required"`
	HostNIC  Constant[units.Power] `yaml:"host_nic" strict:"required"`
	ToRPort  Constant[units.Power] `yaml:"tor_port" strict:"required"`
	Chassis  Constant[units.Power] `yaml:"chassis" strict:"required"`
	Package  Package               `yaml:"package" strict:"required"`
	Governor Governor              `yaml:"governor" strict:"required"`
}

// Package is how a chip sheds its heat.
type Package struct {
	ResistanceMKPerW Constant[int]               `yaml:"resistance_mk_per_w" strict:"required"` // junction to air, thousandths of a kelvin a watt
	CapacityMJPerK   Constant[int]               `yaml:"capacity_mj_per_k" strict:"required"`   // chip and heat sink, millijoules a kelvin
	Junction         Constant[units.Temperature] `yaml:"junction" strict:"required"`            // the limit
}

// Governor is how a chip keeps to its budget.
type Governor struct {
	Period             Constant[units.Duration]    `yaml:"period" strict:"required"`
	Slowest            Constant[units.Ratio]       `yaml:"slowest" strict:"required"` // of the full clock
	PowerHysteresis    Constant[units.Power]       `yaml:"power_hysteresis" strict:"required"`
	JunctionHysteresis Constant[units.Temperature] `yaml:"junction_hysteresis" strict:"required"`
}

// checkPower wants a governor that moves and a package that warms.
func (p *Profile) checkPower(n *strict.Node) {
	at := n.At("power")
	if p.Power.Governor.Period.Value <= 0 {
		at.At("governor", "period", "value").Errorf("expected a value above 0s")
	}
	if v := p.Power.Governor.Slowest.Value; v <= 0 || v > units.Whole {
		at.At("governor", "slowest", "value").Errorf("expected a share of the clock above 0%% and up to 100%%, got %s", v)
	}
	if p.Power.Package.ResistanceMKPerW.Value <= 0 {
		at.At("package", "resistance_mk_per_w", "value").Errorf("expected a value above 0")
	}
	if p.Power.Package.CapacityMJPerK.Value <= 0 {
		at.At("package", "capacity_mj_per_k", "value").Errorf("expected a value above 0")
	}
}
