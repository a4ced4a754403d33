//! What the other process does: it opens a root, and makes the calls that it reads.

use omnivirt_core::event::EventBody;
use omnivirt_core::events::{Delivery, EventFilter, EventStream, Policy};
use omnivirt_core::*;
use omnivirt_driver_qemu::ENTRY;
use serde_json::{Value, json};
use std::io::BufRead;
use std::time::Duration;

#[test]
#[ignore = "the other process of the tests, no test by itself"]
fn serve() {
    let root = std::env::var("KEPT_ROOT").expect("the tests start it");
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(kept(&root));
}

async fn kept(root: &str) {
    let opened =
        Registry::of([ENTRY]).open(&format!("qemu:///embed?root={root}"), ConnectOptions::default()).await;
    let connection = match opened {
        Ok(connection) => connection.with_timeout(Duration::from_secs(20)),
        Err(error) => return say(Err(error)),
    };
    let mut events = connection.subscribe(EventFilter::all(), Policy::unbounded()).await.unwrap();
    say(Ok(json!("open")));
    let (sender, mut commands) = tokio::sync::mpsc::unbounded_channel();
    std::thread::spawn(move || {
        for line in std::io::stdin().lock().lines().map_while(std::result::Result::ok) {
            if sender.send(serde_json::from_str::<Value>(&line).unwrap()).is_err() {
                return;
            }
        }
    });
    while let Some(command) = commands.recv().await {
        if command["do"] == "told" {
            // Everything that came about before this moment waits in the queue by now: no other task has to run first.
            say(Ok(json!(waiting_in(&mut events))));
            continue;
        }
        let is_last = command["do"] == "close";
        say(serve_one(&connection, &command).await);
        if is_last {
            return;
        }
    }
}

fn waiting_in(events: &mut EventStream) -> Vec<String> {
    let mut told = Vec::new();
    while let Some(delivery) = events.try_recv() {
        let Delivery::Event(event) = delivery else { panic!("a queue without bounds has lost events") };
        let name = event.object.as_ref().map(ObjectRef::name).unwrap_or_default();
        let what = match &event.body {
            // QEMU's own words, of which there are many.
            EventBody::MonitorEvent(_) => continue,
            EventBody::Lifecycle(lifecycle) => format!("{:?}", lifecycle.change),
            other => format!("{:?}", other.kind()),
        };
        told.push(format!("{name} {what}"));
    }
    told
}

fn say(answer: Result<Value>) {
    let answer = match answer {
        Ok(value) => json!({"ok": value}),
        Err(error) => json!({"error": {"kind": error.kind().to_string(), "text": error.to_string()}}),
    };
    println!("@{answer}");
}

async fn serve_one(connection: &Connection, command: &Value) -> Result<Value> {
    let text = |name: &str| command[name].as_str().unwrap_or_default();
    let timeout = command["timeout_ms"].as_u64().map(Duration::from_millis);
    let connection = &timeout.map_or_else(|| connection.clone(), |timeout| connection.with_timeout(timeout));
    match text("do") {
        "define" => connection.define(text("xml"), DefineOptions::default()).await.map(drop)?,
        "create" => {
            let options = CreateOptions::default().auto_destroy(command["auto_destroy"] == true);
            connection.create(text("xml"), options).await.map(drop)?;
        }
        "list" => return list(connection).await,
        "files" => return Ok(json!(std::fs::read_dir("/proc/self/fd").unwrap().count())),
        "close" => connection.close().await?,
        what => on_domain(&connection.domain_by_name(text("domain")).await?, what).await?,
    }
    Ok(Value::Null)
}

async fn list(connection: &Connection) -> Result<Value> {
    let mut all = Vec::new();
    for domain in connection.list_domains(DomainFilter::default()).await? {
        let reference = domain.reference();
        let state = domain.state().await?;
        all.push(json!({
            "name": &*reference.name,
            "uuid": reference.uuid.to_string(),
            "id": reference.id,
            "state": state.state.to_string(),
            "reason": state.reason.to_string(),
            "persistent": domain.status().await?.persistent,
            "managed_save": domain.has_managed_save().await?,
        }));
    }
    all.sort_by_key(|domain| domain["name"].to_string());
    Ok(json!(all))
}

async fn on_domain(domain: &Domain, what: &str) -> Result<()> {
    match what {
        "start" => domain.start(StartOptions::default()).await,
        "start-paused" => domain.start(StartOptions::default().paused(true)).await,
        "destroy" => domain.destroy(DestroyOptions::default()).await,
        "suspend" => domain.suspend().await,
        "resume" => domain.resume().await,
        "reset" => domain.reset().await,
        "managed-save" => domain.managed_save(ManagedSaveOptions::default()).await,
        "autostart" => domain.set_autostart(AutostartOptions::default().enabled(true)).await,
        "undefine" => domain.undefine(UndefineOptions::default().managed_save(true)).await,
        _ => panic!("no such command: {what}"),
    }
}
