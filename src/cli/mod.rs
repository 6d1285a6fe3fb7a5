//! The command line: a command is one struct and one function, in a file of its own. Says what a command is called
//! and how its outcome is shown; what it does, others know.

mod account;
mod audit;
mod backup;
mod context;
mod erase;
mod export;
mod import;
mod log;
mod migrate;
mod new_file;
mod output;
mod policy;
mod progress;
mod public_key;
mod replay;
mod retention;

mod schema;
mod seed;
mod serve;
mod token;
mod verify;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use self::context::Context;
use self::output::Output;
use crate::config::Settings;
use crate::error::{Code, Fault, Refusal, Result};

/// The gate through which an e-mail platform's data is seen, carried out and erased.
///
/// Settings come from the flags, then from the POSTERN_* variables, then from postern.toml; the help of each flag
/// names its variable. Exit codes: 0 done, 1 refused or failed, 2 wrong usage.
#[derive(Debug, Parser)]
#[command(
    name = "postern",
    version,
    arg_required_else_help = true,
    max_term_width = 100,
    after_long_help = "Example: postern serve --demo"
)]
struct Postern {
    #[command(subcommand)]
    command: Command,
    /// Print JSON for programs; an error is one JSON object on stderr
    #[arg(long, global = true)]
    json: bool,
    /// Act as this user, with the rights that the user has over GraphQL [default: the installation's operator]
    #[arg(long = "as", value_name = "EMAIL", global = true)]
    as_whom: Option<String>,
    #[command(flatten)]
    settings: Settings,
}

#[derive(Debug, Subcommand)]
enum Command {
    Serve(serve::Serve),
    Migrate(migrate::Migrate),
    Seed(seed::Seed),
    Import(import::Import),
    Token(token::Token),
    Export(export::Export),
    Verify(verify::Verify),
    #[command(subcommand)]
    Erase(erase::Erase),
    #[command(subcommand)]
    Account(account::Account),
    #[command(subcommand)]
    Retention(retention::Retention),
    #[command(subcommand)]
    Audit(audit::Audit),
    Replay(replay::Replay),
    #[command(subcommand)]
    Backup(backup::Backup),
    #[command(subcommand)]
    Policy(policy::Policy),
    #[command(subcommand)]
    Schema(schema::Schema),
}

/// How a command ended that did not fail.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
enum Outcome {
    /// All is well.
    Done,
    /// It ran, and what it found or came to is a "no"; the reasons are printed.
    Refused,
}

/// Runs the command line of this process.
pub fn run() -> ExitCode {
    let postern = match Postern::try_parse() {
        Ok(postern) => postern,
        Err(refused) => {
            // Help and version are answers too, and exit with 0.
            let code = u8::try_from(refused.exit_code()).unwrap_or(2);
            // A closed pipe is no reason to fail differently.
            let _ = refused.print();
            return ExitCode::from(code);
        }
    };
    let output = Output::new(postern.json);
    match start(postern, &output) {
        Ok(Outcome::Done) => ExitCode::SUCCESS,
        Ok(Outcome::Refused) => ExitCode::FAILURE,
        Err(error) => {
            output.failure(&error);
            ExitCode::FAILURE
        }
    }
}

fn start(postern: Postern, output: &Output) -> Result<Outcome> {
    let config = postern.settings.resolve(postern.command.is_demo())?;
    log::begin(&config, postern.command.usual_log())?;
    // The one place that chooses; the other parts ask rustls for whatever was chosen. Fails only if called twice.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Fault::io("start the runtime", error))?;
    let context = Context::new(config, postern.as_whom, output.clone());
    let ends_by_itself = matches!(postern.command, Command::Serve(_));
    let kept = postern.command.kept_when_interrupted();
    let outcome = runtime.block_on(async {
        let work = postern.command.run(&context);
        if ends_by_itself {
            return work.await;
        }
        // What a command has begun is thrown away by dropping it: half a file, for one.
        tokio::select! {
            outcome = work => outcome,
            () = serve::signal() => Err(Refusal::new(Code::InvalidState, format!("interrupted; {kept}")).into()),
        }
    });
    // A thread that hangs in a system call must not keep the process.
    runtime.shutdown_timeout(std::time::Duration::from_secs(2));
    outcome
}

impl Command {
    fn is_demo(&self) -> bool {
        matches!(self, Command::Serve(serve) if serve.demo)
    }

    /// What is logged where no setting says it: a gateway tells what it does, a command what goes wrong.
    fn usual_log(&self) -> &'static str {
        match self {
            Command::Serve(_) => "info",
            _ => "warn",
        }
    }

    /// What is left of a command that is interrupted.
    fn kept_when_interrupted(&self) -> &'static str {
        match self {
            Command::Seed(_) => "the people made up so far stay; begin again with an empty store",
            Command::Import(_) => "the rows taken so far stay; the same command goes on with the others",
            Command::Erase(_) => {
                "an erasure that was confirmed goes on with the same command, or in the next gateway"
            }
            Command::Retention(_) => "what is gone is gone; the same command goes on with the rest",
            Command::Replay(_) => "what was repeated stays so; the same command goes on with the rest",
            Command::Audit(_) => "the seals made so far stay; the log is as it was",
            _ => "nothing half done is kept",
        }
    }

    async fn run(self, context: &Context) -> Result<Outcome> {
        match self {
            Command::Serve(command) => serve::run(command, context).await,
            Command::Migrate(command) => migrate::run(command, context).await,
            Command::Seed(command) => seed::run(command, context).await,
            Command::Import(command) => import::run(command, context).await,
            Command::Token(command) => token::run(command, context).await,
            Command::Export(command) => export::run(command, context).await,
            Command::Verify(command) => verify::run(command, context).await,
            Command::Erase(command) => erase::run(command, context).await,
            Command::Account(command) => account::run(command, context).await,
            Command::Retention(command) => retention::run(command, context).await,
            Command::Audit(command) => audit::run(command, context).await,
            Command::Replay(command) => replay::run(command, context).await,
            Command::Backup(command) => backup::run(command, context).await,
            Command::Policy(command) => policy::run(command, context),
            Command::Schema(command) => schema::run(command, context),
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_contradicts_itself_nowhere() {
        Postern::command().debug_assert();
    }

    #[test]
    fn every_command_explains_itself_with_an_example() {
        fn walk(command: &clap::Command, silent: &mut Vec<String>) {
            for inner in command
                .get_subcommands()
                .filter(|inner| inner.get_name() != "help")
            {
                let example = inner
                    .get_after_long_help()
                    .map(ToString::to_string)
                    .unwrap_or_default();
                let is_group = inner.has_subcommands();
                if inner.get_about().is_none() || (!is_group && !example.contains("Example: postern ")) {
                    silent.push(inner.get_name().to_owned());
                }
                walk(inner, silent);
            }
        }
        let mut silent = Vec::new();
        walk(&Postern::command(), &mut silent);
        assert!(silent.is_empty(), "{silent:?}");
    }
}
