//! `postern export`: a bundle without the server, made by the same engine as over GraphQL.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use futures_util::StreamExt;
use indicatif::{HumanBytes, HumanCount, HumanDuration};
use serde_json::json;
use uuid::Uuid;

use super::Outcome;
use super::context::Context;
use super::new_file::NewFile;
use super::progress::Bar;
use crate::access::viewer::Viewer;
use crate::bundle::{Lane, Lanes};
use crate::cell::{Cell, Kind};
use crate::clock::Instant;
use crate::error::{Code, Fault, Refusal, Result};
use crate::plan::slice::BundleKind;
use crate::store::queue::{self, Queue};
use crate::work::export::download;
use crate::work::export::part::ExportPart;
use crate::work::export::request::{self, ExportRequest};
use crate::work::export::volumes::VolumeSize;
use crate::work::installation::Installation;
use crate::work::person::SubscriberChoice;
use crate::work::worker;

/// How often it looks how far the bundle is.
const PAUSE: Duration = Duration::from_millis(200);

/// Make a bundle and save it: of a whole account, of a part of it, or of one subscriber
///
/// The bundle is made as over GraphQL: the request is recorded and audited, rights are checked when it is asked for,
/// when it is made and when it is handed over, and it stays downloadable until it expires. The file is decrypted and
/// appears under its name when it is whole. A gateway may run on the same store meanwhile.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Example: postern export --account Acme --subscriber ana@example.org -o ana.zip")]
pub(super) struct Export {
    /// The account
    #[arg(long, value_name = "NAME_OR_ID")]
    account: String,
    /// One subscriber, by address; without it the whole account
    #[arg(long, value_name = "EMAIL", group = "scope")]
    subscriber: Option<String>,
    /// Only these resources, by the names of their types, as Subscriber; several with commas between them
    #[arg(long, value_name = "NAME", value_delimiter = ',', group = "scope")]
    resource: Vec<String>,
    /// Only one list with its people and campaigns, by id
    #[arg(long, value_name = "ID", group = "scope")]
    list: Option<String>,
    /// Only the report of one campaign, by id
    #[arg(long, value_name = "ID", group = "scope")]
    campaign: Option<String>,
    /// Only rows that were made or changed at this instant or later, as 2026-01-02T03:04:05Z
    #[arg(long, value_name = "INSTANT", value_parser = instant)]
    since: Option<Instant>,
    /// What a subscriber's bundle is for [default: access]
    #[arg(long, value_enum, requires = "subscriber")]
    bundle: Option<Purpose>,
    /// Leave out the people whose data may be kept and not used, as a bundle for others must
    #[arg(long, conflicts_with = "subscriber")]
    without_restricted: bool,
    /// Formats of the rows; several with commas between them [default: CSV,NDJSON]
    #[arg(long, value_name = "FORMAT", value_delimiter = ',', ignore_case = true, value_parser = format())]
    format: Vec<Lane>,
    /// About how many mebibytes one file may have; a larger bundle is several, FILE.2.zip beside FILE.zip [default: 2048]
    #[arg(long, value_name = "MEBIBYTES", value_parser = volume_size)]
    volume: Option<VolumeSize>,
    /// Where to save the bundle
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
}

/// What a subscriber's bundle is for.
#[derive(Copy, Clone, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Purpose {
    /// What is stored about the person (Art. 15 GDPR)
    Access,
    /// What the person gave, to take elsewhere (Art. 20 GDPR)
    Portability,
}

fn format() -> impl TypedValueParser<Value = Lane> {
    let words = Lane::WORDS.map(|(word, about)| PossibleValue::new(word).help(about));
    PossibleValuesParser::new(words).try_map(|given| {
        let found = Lane::ALL
            .into_iter()
            .find(|lane| lane.word().eq_ignore_ascii_case(&given));
        found.ok_or("no such format")
    })
}

fn instant(text: &str) -> Result<Instant, String> {
    let parsed = chrono::DateTime::parse_from_rfc3339(text);
    parsed
        .map(|instant| instant.to_utc())
        .map_err(|_| "give an instant as 2026-01-02T03:04:05Z".to_owned())
}

fn volume_size(text: &str) -> Result<VolumeSize, String> {
    let mebibytes = text
        .parse()
        .map_err(|_| "give a whole number of mebibytes".to_owned())?;
    VolumeSize::of_mebibytes(mebibytes).map_err(|refusal| refusal.message)
}

/// The part of the account that the flags name.
fn part(command: &Export, installation: &Installation) -> Result<ExportPart> {
    let id = |text: &str, table: &str| -> Result<Uuid> {
        let ids = installation.keys.id_keys();
        let tag = installation.catalog.table(table).tag();
        let opened = ids.decode(text).filter(|(found, _)| *found == tag);
        let found = opened.map(|(_, id)| id).or_else(|| text.parse().ok());
        let message = "that is no id; give one that GraphQL or a bundle shows";
        Ok(found.ok_or_else(|| Refusal::new(Code::InvalidId, message))?)
    };
    Ok(match (&command.list, &command.campaign) {
        (Some(list), _) => ExportPart::List(id(list, "lists")?),
        (_, Some(campaign)) => ExportPart::Campaign(id(campaign, "campaigns")?),
        _ if command.resource.is_empty() => ExportPart::Whole,
        _ => ExportPart::Resources(command.resource.iter().cloned().collect()),
    })
}

/// Runs the command.
pub(super) async fn run(command: Export, context: &Context) -> Result<Outcome> {
    let installation = context.open().await?;
    let viewer = context.viewer_in(&installation, &command.account).await?;
    // Before the work: a place that cannot be written to should not be learnt after an hour.
    let file = NewFile::begin(&command.output)?;
    let bundle = match (&command.subscriber, command.bundle) {
        (None, _) => BundleKind::Account,
        (Some(_), Some(Purpose::Portability)) => BundleKind::Portability,
        (Some(_), None | Some(Purpose::Access)) => BundleKind::Access,
    };
    let part = part(&command, &installation)?;
    let wanted = ExportRequest {
        subscriber: command.subscriber.map(SubscriberChoice::Email),
        bundle,
        part,
        since: command.since,
        without_restricted: command.without_restricted,
        formats: match command.format.is_empty() {
            true => Lanes::default(),
            false => command.format.into_iter().collect(),
        },
        volume_size: command.volume.unwrap_or_default(),
        idempotency_key: installation.new_id().to_string(),
    };
    let export = request::request(&installation, &viewer, &wanted).await?;
    make(context, &installation, &viewer, export).await?;
    let ready = download::ready(&installation, &viewer, export).await?;
    let (mut saved, mut file) = (Vec::new(), Some(file));
    for number in 1..=ready.files() {
        let path = volume(&command.output, number);
        let file = match file.take() {
            Some(file) => file,
            None => NewFile::begin(&path)?,
        };
        let bundle = download::open(&installation, &viewer, export, number).await?;
        let bytes = save(&bundle, file).await?;
        saved.push(Saved {
            path,
            bytes,
            sha256: bundle.sha256,
        });
    }
    report(context, export, &saved)
}

/// A file of the bundle that was saved.
struct Saved {
    path: PathBuf,
    bytes: u64,
    sha256: String,
}

/// Where a file of the bundle goes, beside the first: `acme.2.zip` beside `acme.zip`.
fn volume(first: &Path, number: usize) -> PathBuf {
    if number == 1 {
        return first.to_owned();
    }
    let ending = match first.extension() {
        Some(extension) => format!("{number}.{}", extension.display()),
        None => number.to_string(),
    };
    first.with_extension(ending)
}

/// Makes the bundle here, or waits for a gateway that took it up first.
async fn make(context: &Context, installation: &Installation, viewer: &Viewer, export: Uuid) -> Result<()> {
    let bar = Bar::told(&context.output, "rows");
    let job = (viewer.account, export);
    loop {
        let terms = installation.terms();
        let claim = queue::claim_this(&installation.database, Queue::Exports, job, terms).await?;
        let work = async {
            match &claim {
                Some(claim) => worker::run(installation, claim).await,
                None => {
                    tokio::time::sleep(PAUSE).await;
                    Ok(())
                }
            }
        };
        tokio::pin!(work);
        let standing = loop {
            tokio::select! {
                ended = &mut work => {
                    ended?;
                    break look(installation, job).await?;
                }
                () = tokio::time::sleep(PAUSE) => {
                    show(&bar, &look(installation, job).await?);
                }
            }
        };
        match standing.state.as_str() {
            "queued" | "running" => {}
            "ready" => return Ok(()),
            state => return Err(ended(state, standing.error)),
        }
    }
}

/// What the export's row says.
struct Standing {
    state: String,
    expected: Option<u64>,
    done: u64,
    bytes: u64,
    rate: Option<u64>,
    left: Option<u64>,
    error: Option<String>,
}

async fn look(installation: &Installation, (account, export): (Uuid, Uuid)) -> Result<Standing> {
    let columns = [
        ("state", Kind::Text),
        ("rows_expected", Kind::Int),
        ("rows_done", Kind::Int),
        ("bytes_done", Kind::Int),
        ("rows_per_second", Kind::Int),
        ("seconds_left", Kind::Int),
        ("error_code", Kind::Text),
    ];
    let row = queue::read(&installation.database, Queue::Exports, account, export, &columns).await?;
    let Some([Cell::Text(state), expected, done, bytes, rate, left, error]) = row.as_deref() else {
        return Err(Fault::Invariant("an export's row is gone".into()).into());
    };
    let number = |cell: &Cell| cell.as_int().and_then(|number| u64::try_from(number).ok());
    Ok(Standing {
        state: state.to_string(),
        expected: number(expected),
        done: number(done).unwrap_or(0),
        bytes: number(bytes).unwrap_or(0),
        rate: number(rate),
        left: number(left),
        error: error.as_text().map(str::to_owned),
    })
}

/// Shows what the row says, and nothing that the row does not know: the same numbers as over GraphQL.
fn show(bar: &Bar, standing: &Standing) {
    let mut said = vec![format!("{}", HumanBytes(standing.bytes))];
    said.extend(
        standing
            .rate
            .map(|rate| format!("{} rows a second", HumanCount(rate))),
    );
    said.extend(
        standing
            .left
            .map(|left| format!("{} left", HumanDuration(Duration::from_secs(left)))),
    );
    bar.stand(standing.done, standing.expected, &said.join(", "));
}

/// Why there is no bundle, in the code that the job ended with.
fn ended(state: &str, error: Option<String>) -> crate::error::Error {
    let code = error
        .as_deref()
        .and_then(|word| Code::ALL.iter().find(|code| code.as_str() == word));
    let reason = error.as_deref().unwrap_or("no reason is recorded");
    let code = code.copied().unwrap_or(Code::InvalidState);
    Refusal::new(
        code,
        format!(
            "the export ended as {}: {reason}; the log says more",
            state.to_uppercase()
        ),
    )
    .into()
}

async fn save(bundle: &download::Bundle, mut file: NewFile) -> Result<u64> {
    let size = bundle.object.size();
    let mut bytes = bundle.object.read_range(0..size);
    while let Some(piece) = bytes.next().await {
        file.write(&piece?)?;
    }
    file.keep()?;
    Ok(size)
}

fn report(context: &Context, export: Uuid, saved: &[Saved]) -> Result<Outcome> {
    let lines = saved.iter().map(|file| {
        let (path, bytes, sha256) = (file.path.display(), file.bytes, &file.sha256);
        format!("{path}: {bytes} bytes, sha256 {sha256}")
    });
    let each = |file: &Saved| {
        let path = file.path.display().to_string();
        json!({ "file": path, "bytes": file.bytes, "sha256": file.sha256 })
    };
    let mut value = json!({ "export": export });
    match saved {
        [file] => value
            .as_object_mut()
            .zip(each(file).as_object_mut())
            .into_iter()
            .for_each(|(value, file)| value.append(file)),
        _ => value["files"] = saved.iter().map(each).collect(),
    }
    context
        .output
        .result(lines.collect::<Vec<_>>().join("\n"), &value)?;
    Ok(Outcome::Done)
}
