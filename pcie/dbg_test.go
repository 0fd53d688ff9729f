package pcie
import ("testing";"fmt";"github.com/dsnsim/dsnsim/sim/units")
func TestDbg(t *testing.T){
 l,_:=NewLink(3,8,256,512,64)
 for _,n:=range []units.Bytes{16,32,64}{
 c:=Config{Link:l,Device:NFP6000(),Host:HaswellE52637v3(),Op:Read,Size:n,Window:1<<20,Transfers:20000,Pings:1}
 r:=newRun(c,"throughput")
 up:=map[uint16]units.Time{}
 var sum units.Duration; var k int
 var lastUp,lastDown units.Time; var gapU, gapD units.Duration
 r.observe=func(t TLP,at units.Time,tag uint16){
  if t.Kind==MemRead {up[tag]=at; gapU=at.Sub(lastUp); lastUp=at} else {sum+=at.Sub(up[tag]);k++; gapD=at.Sub(lastDown); lastDown=at; if k>10000&&k<10060 {fmt.Printf("%.0f/%.0f/%.1f ",at.Sub(up[tag]).Ns(),gapU.Ns(),gapD.Ns())}}
 }
 done:=0
 r.done=func(d *dma,at units.Time){done++; if done<20000 {r.begin(at,r.place(),false,r.cached())}}
 for range 64 {r.begin(units.Time{},r.place(),false,true)}
 var last units.Time
 _=last
 for r.step(){}
 fmt.Println()
 fmt.Println(n,k,(sum/units.Duration(k)).Ns(), lastDown.Sub(units.Time{}).Ns()/float64(k))
 }
}
