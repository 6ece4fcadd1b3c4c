//! The programs that people use, pointed at the simulator: what they understand, ours understands rightly.
//!
//! They are Python packages and no part of this repository. Where they are absent the test is skipped, and says so:
//! `python3 -m venv DIR && DIR/bin/pip install -r connectors/checks/requirements.txt`, and that `python3` first in
//! PATH.

use std::process::Command;
use std::sync::Arc;

use connectors::garmin::connect::simulator::Call;
use connectors::garmin::connect::tokens::adopt_path;
use connectors::{Session, garmin::connect::open};
use domain::Clock;

use crate::garmin_calls::Scene;

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/checks/garmin_clients.py");

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn programs_that_people_use_understand_the_simulator() {
    let imports = Command::new("python3").args(["-c", "import garminconnect, garth"]).output();
    if !imports.is_ok_and(|output| output.status.success()) {
        println!("SKIPPED: no python3 with garminconnect and garth");
        return;
    }
    let scene = Arc::new(Scene::set().await);
    scene.simulator.page_first(false);
    for second_factor in [false, true] {
        scene.simulator.second_factor(second_factor);
        let folder = tempfile::tempdir().unwrap();
        let run = Command::new("python3").arg(SCRIPT).arg(scene.simulator.base()).arg(folder.path()).output().unwrap();
        let (said, trouble) = (String::from_utf8_lossy(&run.stdout), String::from_utf8_lossy(&run.stderr));
        assert!(run.status.success(), "{said}\n{trouble}");
        println!("{said}");
        // What they keep is what we adopt, and it opens the simulator.
        for kept in ["garminconnect", "garth", "garth.txt"] {
            let tokens =
                adopt_path(&folder.path().join(kept), scene.clock.now()).unwrap_or_else(|problem| panic!("{problem}"));
            let session = Session { tokens: &tokens, now: scene.clock.now() };
            let connector = open(&scene.simulator.settings()).unwrap();
            assert!(connector.owner(&session).await.outcome.is_ok(), "{kept}");
            assert_eq!(connector.refresh(&tokens).await.outcome.is_ok(), kept == "garminconnect", "{kept}");
        }
    }
    assert!(scene.simulator.calls(Call::Code) >= 2);
}
