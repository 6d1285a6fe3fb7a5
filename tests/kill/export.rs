//! An export that is killed.

use sha2::{Digest, Sha256};

use super::Death;
use super::checks::{depot_is_tidy, happened_once, job, verify};
use super::jobs::{ask_export, died, ended};
use super::place::{Place, id};

/// Asks for a bundle while gateways die; one bundle comes of it.
pub async fn survives(place: &Place, death: &Death, number: usize) {
    let (key, token) = (format!("export-{number:03}"), &place.token);
    for _ in 0..death.gateways {
        let mut gateway = place.serve_until(&death.words()).await;
        ask_export(&gateway.client, token, &key, None).await;
        died(&mut gateway, &death.words()).await;
    }
    let gateway = place.serve().await;
    let asked = ask_export(&gateway.client, token, &key, None).await;
    let export = ended(&gateway.client, token, &asked.expect("the gateway lives")).await;
    assert_eq!(export["state"], "READY", "killed at {death:?}: {export:#}");
    let path = export["bundlePath"].as_str().expect("a path");
    let bundle = gateway.client.get_as(token, path).await;
    assert_eq!(bundle.status, 200);
    assert_eq!(
        export["sha256"],
        data_encoding::HEXLOWER.encode(&Sha256::digest(&bundle.body))
    );
    let file = place.home.folder().join(format!("{key}.zip"));
    std::fs::write(&file, &bundle.body).expect("the bundle can be kept");
    verify(place, &file);
    let rows = place.home.rows().await;
    let job = job(&rows, "exports", &key);
    happened_once(&rows, job, "export.requested");
    happened_once(&rows, job, "export.finished");
    let installation = crate::kit::company::open(&place.home).await;
    let names = installation
        .depot
        .list("exports")
        .await
        .expect("there are exports");
    installation.database.close().await;
    let export = id(job.cell("id")).to_string();
    let of_it = names.iter().filter(|name| name.contains(&export)).count();
    assert_eq!(of_it, 1, "killed at {death:?}: {names:?}");
    depot_is_tidy(place, &rows).await;
}
