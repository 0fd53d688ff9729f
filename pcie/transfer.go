package pcie

import "github.com/dsnsim/dsnsim/sim/units"

// translationBytes is what an ATS translation completion carries for one page.
// source: PCI Express Base Specification, Address Translation Services: 8 B for each translation
const translationBytes units.Bytes = 8

// cached draws whether a transfer finds its place in the last-level cache.
func (r *run) cached() bool {
	c := &r.cfg
	if c.Cold {
		return false
	}
	return c.Window <= c.Host.LLC || units.Bytes(r.memory.Int64N(int64(c.Window))) < c.Host.LLC
}

// begin starts a DMA at an instant.
func (r *run) begin(at units.Time, addr uint64, write, cached bool) {
	d := dma{addr: addr, size: r.cfg.Size, write: write}
	if write {
		d.memory = r.cfg.Host.commitTime(r.memory)
	} else {
		d.memory = r.cfg.Host.readTime(r.memory, cached)
	}
	i := int32(len(r.dmas))
	if n := len(r.idle); n > 0 {
		i = r.idle[n-1]
		r.idle = r.idle[:n-1]
		r.dmas[i] = d
	} else {
		r.dmas = append(r.dmas, d)
	}
	at = at.Add(r.cfg.Device.Setup)
	if r.cfg.ATS && r.translate(at, i) {
		return
	}
	r.issue(at, i)
}

// translate asks for the translations that DMA i needs and the device does not have, and reports whether there are any.
func (r *run) translate(at units.Time, i int32) bool {
	d := &r.dmas[i]
	d.ats = true
	size := uint64(r.cfg.Page)
	for page := d.addr / size; page <= (d.addr+uint64(d.size)-1)/size; page++ {
		if !r.atc.lookup(page) {
			d.left++
			r.request(at, message{tlp: TLP{Addr: page * size, Len: translationBytes, Kind: Translate}, dma: i})
		}
	}
	return d.left > 0
}

// issue passes the requests of DMA i to the engine, which works on one at a time.
func (r *run) issue(at units.Time, i int32) {
	d, dev := &r.dmas[i], &r.cfg.Device
	if d.write {
		r.tlps = r.cfg.Link.AppendWrites(r.tlps[:0], d.addr, d.size, dev.Natural)
	} else {
		r.tlps = r.cfg.Link.AppendReads(r.tlps[:0], d.addr, d.size, dev.Natural)
	}
	d.left = len(r.tlps)
	var fetched units.Bytes
	for k, t := range r.tlps {
		m := message{tlp: t, dma: i, act: actSend, first: k == 0, last: k == d.left-1}
		if !d.write {
			r.request(at, m)
			continue
		}
		fetched += t.Len
		cost := dev.WriteNext
		if m.first {
			cost = dev.WriteFirst
		}
		r.writeFree = units.Later(at.Add(dev.streamTime(fetched)), r.writeFree).Add(cost)
		r.schedule(r.writeFree, m)
	}
}

// streamTime returns the time that one DMA takes for n bytes between the link and the device's memory.
func (d *Device) streamTime(n units.Bytes) units.Duration {
	if d.Stream == 0 {
		return 0
	}
	return d.Stream.TimeToSend(n)
}

// request passes a read to the engine as soon as there is a tag for it.
func (r *run) request(at units.Time, m message) {
	tag, ok := r.tags.take()
	if !ok {
		r.waiting.Push(m)
		return
	}
	m.tag, m.act = tag, actSend
	r.readFree = units.Later(at, r.readFree).Add(r.cfg.Device.ReadIssue)
	r.schedule(r.readFree, m)
}

// send puts a request on the wire up when it has its credits, and follows it to the host's memory. The wire is FIFO and
// what lies behind it takes a fixed time up to the IOMMU, so nothing can overtake it so far.
func (r *run) send(at units.Time, m message) {
	if m.tlp.Kind == MemWrite {
		r.sendWrite(at, m)
		return
	}
	at = r.nonPosted.Take(at, 1)
	r.block = false
	arrival := r.transmit(at, m)
	ready := r.translated(arrival, m)
	r.nonPosted.GiveBack(ready.Add(r.passage()), 1)
	if m.tlp.Kind == MemRead {
		// A read does not pass the writes before it (PCI Express Base Specification, ordering rules).
		ready = units.Later(ready, r.committed).Add(r.dmas[m.dma].memory)
	}
	m.act = actData
	r.schedule(ready, m)
}

// sendWrite is send for a write. Writes become visible, and their credits come back, in the order of their arrival.
func (r *run) sendWrite(at units.Time, m message) {
	d, dev := &r.dmas[m.dma], &r.cfg.Device
	if m.first && !r.block && dev.Turnaround > 0 {
		r.up.pause(dev.Turnaround)
	}
	r.block = m.last && dev.Turnaround > 0 && d.size%dev.TurnaroundBlock == 0
	n := DataCredits(m.tlp.Len)
	at = r.postedData.Take(r.posted.Take(at, 1), n)
	arrival := r.transmit(at, m)
	r.committed = units.Later(r.translated(arrival, m).Add(d.memory), r.committed)
	r.posted.GiveBack(r.committed.Add(r.passage()), 1)
	r.postedData.GiveBack(r.committed.Add(r.passage()), n)
	if d.left--; d.left == 0 {
		d.visible = r.committed
		left := arrival.Add(-r.passage())
		r.schedule(left.Add(dev.WriteDone), message{dma: m.dma, act: actDone})
	}
}

// passage is the time from the end of one wire to the work at the other: both ports.
func (r *run) passage() units.Duration { return r.cfg.Device.Port + r.cfg.Host.Port }

// transmit sends a request up and returns when it is at the host's IOMMU.
func (r *run) transmit(at units.Time, m message) units.Time {
	end := r.up.send(at, r.cfg.Link.WireBytes(m.tlp), r.cfg.Device.Gap)
	r.sight(m.tlp, end, m.tag)
	arrival := end.Add(r.passage())
	if r.cfg.Device.DLLP == DLLPPerTLP {
		r.down.owe(arrival, 2*DLLPBytes)
	}
	return arrival
}

// translated returns when the address of a request that arrives at an instant is known to the host.
func (r *run) translated(at units.Time, m message) units.Time {
	if !r.cfg.IOMMU || r.dmas[m.dma].ats && m.tlp.Kind != Translate {
		return at
	}
	return r.mmu.Translate(at, m.tlp.Addr/uint64(r.cfg.Page), m.tlp.Kind == MemWrite)
}

// complete sends the data of a request down, in as many completions as the host makes of them.
func (r *run) complete(at units.Time, m message) {
	link, dev, d := &r.cfg.Link, &r.cfg.Device, &r.dmas[m.dma]
	most := link.mps
	if h := &r.cfg.Host; h.CompletionBytes > 0 && r.down.backlog(at) < h.CombineBacklog {
		most = h.CompletionBytes
	}
	r.tlps = link.AppendCompletions(r.tlps[:0], m.tlp.Addr, m.tlp.Len, most)
	var arrival units.Time
	for _, t := range r.tlps {
		end := r.down.send(at, link.WireBytes(t), dev.Gap)
		r.sight(t, end, m.tag)
		arrival = end.Add(r.passage())
		d.stored = units.Later(arrival, d.stored).Add(dev.streamTime(t.Len))
		if dev.DLLP == DLLPPerTLP {
			r.up.owe(arrival, 2*DLLPBytes)
		}
	}
	m.act = actArrive
	r.schedule(arrival, m)
}

// arrive ends a request: its tag goes to the next one that waits, and its DMA may be done.
func (r *run) arrive(at units.Time, m message) {
	r.tags.put(m.tag)
	d := &r.dmas[m.dma]
	d.left--
	switch {
	case m.tlp.Kind == Translate:
		r.keepTranslation(m.tlp.Addr / uint64(r.cfg.Page))
		if d.left == 0 {
			r.issue(at, m.dma)
		}
	case d.left == 0:
		r.schedule(r.merged(units.Later(at, d.stored), d.size), message{dma: m.dma, act: actDone})
	}
	if r.waiting.Len() > 0 {
		r.request(at, r.waiting.Pop())
	}
}

// keepTranslation puts a translation into the device's cache, unless another request has brought it meanwhile.
func (r *run) keepTranslation(page uint64) {
	if !r.atc.lookup(page) {
		r.atc.insert(page)
	}
}

// merged returns when a read of n bytes that is stored at an instant is done: one that ends inside a memory word
// holds the engine for the next.
func (r *run) merged(at units.Time, n units.Bytes) units.Time {
	dev := &r.cfg.Device
	if dev.ReadMerge == 0 || n%dev.MergeBytes == 0 {
		return at
	}
	at = units.Later(at, r.mergeFree)
	r.mergeFree = at.Add(dev.ReadMerge)
	return at
}

// finish tells the experiment that a DMA is done and frees its place.
func (r *run) finish(at units.Time, i int32) {
	d := r.dmas[i]
	r.idle = append(r.idle, i)
	r.done(d, at)
}
