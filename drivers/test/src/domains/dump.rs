//! Dumps of a domain's memory.

use super::state::Simulated;
use crate::connection::TestDriver;
use crate::host::SimulatedFile;
use omnivirt_core::event::StoppedDetail;
use omnivirt_core::*;

#[driver_ops]
impl DomainDumpOps for TestDriver {
    async fn dump(
        &self,
        cx: &CallCx,
        domain: &DomainRef,
        path: &str,
        format: DumpFormat,
        options: &DumpOptions,
    ) -> Result<()> {
        if options.crash && (options.live || options.reset) {
            return Err(Error::new(
                ErrorKind::InvalidArgument,
                "a domain that is ended can neither run on nor be reset",
            ));
        }
        if format != DumpFormat::Raw && !options.memory_only {
            return Err(Error::new(
                ErrorKind::ArgumentUnsupported,
                format!("only the memory alone can be dumped as {format}"),
            )
            .with_hint("say memory_only"));
        }
        let entry = self.host.domain(domain)?;
        let begin = |domain: &mut Simulated| domain.run().map(drop);
        self.job(cx, &entry, JobOperation::Dump, begin, |domain, ()| {
            let cause = cx.cause();
            self.host.files.write(path, SimulatedFile::Dump);
            if options.crash {
                domain.end(&self.host, &cause, DomainStateReason::ShutoffCrashed, StoppedDetail::Crashed);
            } else if options.reset {
                domain.restart(&self.host, &cause);
            }
        })
        .await
    }
}
