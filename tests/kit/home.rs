//! A place where an installation lives: a folder of its own, and a database of its own on one of the two stores. Gone
//! when dropped.

use std::path::{Path, PathBuf};

use postern::config::Settings;
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection, Executor};
use tempfile::TempDir;

use super::tool::{setting, skipped};

/// Where an installation lives.
pub struct Home {
    folder: Folder,
    database: Option<OnServer>,
    reader: Option<Reader>,
}

/// A folder of a home.
enum Folder {
    /// Gone with the home.
    Temporary(TempDir),
    /// Somebody else's.
    Lasting(PathBuf),
}

impl Home {
    /// One with an embedded store, with nothing in it.
    pub fn embedded() -> Home {
        Home {
            folder: Folder::Temporary(tempfile::tempdir().expect("a folder for the test")),
            database: None,
            reader: None,
        }
    }

    /// One in a folder and a database that stay when it is dropped.
    #[allow(
        dead_code,
        reason = "the benchmark, which shares this kit, keeps what took long to make"
    )]
    pub fn lasting(folder: PathBuf, url: String) -> Home {
        Home {
            folder: Folder::Lasting(folder),
            database: Some(OnServer {
                admin: None,
                name: String::new(),
                url,
            }),
            reader: None,
        }
    }

    /// One on PostgreSQL with an empty database; `None`, said loudly, where there is no server.
    pub async fn on_postgres() -> Option<Home> {
        let database = OnServer::make().await?;
        Some(Home {
            database: Some(database),
            ..Home::embedded()
        })
    }

    /// One for each store that there is.
    pub async fn each() -> Vec<Home> {
        let mut homes = vec![Home::embedded()];
        homes.extend(Home::on_postgres().await);
        homes
    }

    /// Another with the same data, keys and bundles. Nobody may be connected to this one's database.
    pub async fn copy(&self) -> Home {
        let database = match &self.database {
            Some(database) => Some(database.copy().await),
            None => None,
        };
        let home = Home {
            database,
            ..Home::embedded()
        };
        copy_folder(&self.data(), &home.data());
        home
    }

    /// Its folder; besides the data, tests keep their files there.
    pub fn folder(&self) -> &Path {
        match &self.folder {
            Folder::Temporary(folder) => folder.path(),
            Folder::Lasting(folder) => folder,
        }
    }

    /// The folder for `--data`.
    pub fn data(&self) -> PathBuf {
        self.folder().join("data")
    }

    /// The URL of its database, as `--database-url` takes it; `None`: the embedded store in its data folder.
    pub fn database_url(&self) -> Option<&str> {
        self.database.as_ref().map(|database| database.url.as_str())
    }

    /// The URL by which what is shown to people is read, behind row-level security.
    pub fn reader_url(&self) -> Option<&str> {
        self.reader.as_ref().map(|reader| reader.url.as_str())
    }

    /// The role that reads behind row-level security.
    pub fn reader(&self) -> &str {
        &self.reader.as_ref().expect("row-level security is up").name
    }

    /// From now on what is shown to people is read behind row-level security, where the store is PostgreSQL. Its schema
    /// must be there.
    pub async fn put_row_security_up(&mut self) {
        let Some(database) = &self.database else { return };
        let reader = Reader::make(database).await;
        self.run(&["migrate", "--reader-role", &reader.name]).well();
        self.reader = Some(reader);
    }

    /// The opposite. Nobody may read behind it any more.
    #[allow(
        dead_code,
        reason = "the benchmark, which shares this kit, leaves the store as it was"
    )]
    pub fn take_row_security_down(&mut self) {
        self.run(&["migrate", "--no-reader-role"]).well();
        self.reader = None;
    }

    /// The settings that lead here.
    pub fn settings(&self) -> Settings {
        Settings {
            data: Some(self.data()),
            database_url: self.database_url().map(str::to_owned),
            reader_database_url: self.reader_url().map(str::to_owned),
            ..Settings::default()
        }
    }

    /// Makes the gateway reach its database at another address, as behind a proxy.
    pub fn reach_database_at(&mut self, address: std::net::SocketAddr) {
        let database = self
            .database
            .as_mut()
            .expect("only a server can be reached otherwise");
        let (scheme, rest) = database.url.split_once("://").expect("a URL has a scheme");
        let (authority, path) = rest.split_once('/').expect("the URL names a database");
        let user = authority.rfind('@').map_or("", |at| &authority[..=at]);
        database.url = format!("{scheme}://{user}{address}/{path}");
    }

    /// Runs SQL behind Postern's back, as an administrator could.
    pub async fn tamper(&self, sql: impl Into<String>) {
        let sql = sql.into();
        let statement = AssertSqlSafe(sql.clone());
        let outcome = match self.database_url() {
            Some(url) => {
                let mut connection = PgConnection::connect(url)
                    .await
                    .expect("the test's database is there");
                connection
                    .execute("SET search_path TO postern")
                    .await
                    .expect("there is a schema of ours");
                connection.execute(statement).await.map(|_| ())
            }
            None => {
                let url = format!("sqlite:{}", self.data().join("postern.sqlite").display());
                let mut connection = sqlx::SqliteConnection::connect(&url)
                    .await
                    .expect("there is an embedded store");
                let done = connection.execute(statement).await.map(|_| ());
                connection.close().await.expect("the embedded store is let go of");
                done
            }
        };
        outcome.unwrap_or_else(|error| panic!("{sql}: {error}"));
    }
}

/// A database as it was at a moment, kept beside.
#[allow(dead_code, reason = "the benchmark, which shares this kit, restores nothing")]
pub struct BackUp {
    /// A copy on the server.
    database: Option<OnServer>,
    /// A copy of the embedded store's file.
    file: Option<PathBuf>,
}

#[allow(dead_code, reason = "the benchmark, which shares this kit, restores nothing")]
impl Home {
    /// Keeps the database as it is now; neither the keys nor the bundles. Nobody may be connected to it.
    pub async fn back_up(&self) -> BackUp {
        match &self.database {
            Some(database) => BackUp {
                database: Some(database.copy().await),
                file: None,
            },
            None => {
                let file = self.folder().join(format!("{}.sqlite", uuid::Uuid::now_v7()));
                self.tamper("PRAGMA wal_checkpoint(TRUNCATE)").await;
                std::fs::copy(self.data().join("postern.sqlite"), &file).expect("a file can be copied");
                BackUp {
                    database: None,
                    file: Some(file),
                }
            }
        }
    }

    /// Puts the database back as it was; keys and bundles stay as they are. Nobody may be connected to it.
    pub async fn restore(&self, backup: &BackUp) {
        if let (Some(database), Some(copy)) = (&self.database, &backup.database) {
            let admin = database.admin.clone().expect("a database of the test's own");
            execute(&admin, format!("DROP DATABASE {} WITH (FORCE)", database.name)).await;
            execute(
                &admin,
                format!("CREATE DATABASE {} TEMPLATE {}", database.name, copy.name),
            )
            .await;
        }
        if let Some(file) = &backup.file {
            let store = self.data().join("postern.sqlite");
            for ending in ["-wal", "-shm"] {
                let _ = std::fs::remove_file(format!("{}{ending}", store.display()));
            }
            std::fs::copy(file, &store).expect("a file can be copied");
        }
    }
}

/// A database on the server for tests.
struct OnServer {
    /// Where it is made and removed; `None`: it is somebody else's.
    admin: Option<String>,
    name: String,
    url: String,
}

impl OnServer {
    async fn make() -> Option<OnServer> {
        Some(OnServer::make_on(server().await?, "").await)
    }

    async fn copy(&self) -> OnServer {
        let admin = self.admin.clone().expect("a database of the test's own");
        OnServer::make_on(admin, &format!(" TEMPLATE {}", self.name)).await
    }

    async fn make_on(admin: String, options: &str) -> OnServer {
        let name = format!("postern_test_{}", uuid::Uuid::now_v7().simple());
        execute(&admin, format!("CREATE DATABASE {name}{options}")).await;
        // Nobody pulls the plug of a test's server, and each of its commits would wait for the disk.
        execute(
            &admin,
            format!("ALTER DATABASE {name} SET synchronous_commit TO off"),
        )
        .await;
        OnServer {
            url: with_database(&admin, &name),
            admin: Some(admin),
            name,
        }
    }
}

impl Drop for OnServer {
    fn drop(&mut self) {
        if let Some(admin) = self.admin.clone() {
            at_last(
                admin,
                format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name),
            );
        }
    }
}

/// A role of a test's own that can sign in and do nothing else yet; gone when dropped, which must be after its database.
struct Reader {
    admin: String,
    name: String,
    url: String,
}

impl Reader {
    async fn make(database: &OnServer) -> Reader {
        let admin = database.admin.clone().unwrap_or_else(|| database.url.clone());
        let name = format!("postern_test_{}", uuid::Uuid::now_v7().simple());
        execute(&admin, format!("CREATE ROLE {name} LOGIN PASSWORD 'of a test'")).await;
        let separator = if database.url.contains('?') { '&' } else { '?' };
        Reader {
            url: format!("{}{separator}user={name}&password=of%20a%20test", database.url),
            admin,
            name,
        }
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        at_last(self.admin.clone(), format!("DROP ROLE IF EXISTS {}", self.name));
    }
}

/// Runs a statement while something is dropped, which cannot wait inside of the test's own runtime.
fn at_last(url: String, sql: String) {
    let running = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        runtime.block_on(execute(&url, sql));
    });
    let _ = running.join();
}

fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder can be made");
    for entry in std::fs::read_dir(from).expect("the folder is there") {
        let entry = entry.expect("the folder can be read");
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        if from.is_dir() {
            copy_folder(&from, &to);
        } else if let Err(error) = std::fs::copy(&from, &to) {
            // What others remove while we look is not there to be copied: a program that has just ended takes its own away.
            assert_eq!(
                error.kind(),
                std::io::ErrorKind::NotFound,
                "{}: {error}",
                from.display()
            );
        }
    }
}

async fn execute(url: &str, sql: String) {
    let mut connection = PgConnection::connect(url)
        .await
        .expect("the server for tests is there");
    connection
        .execute(AssertSqlSafe(sql))
        .await
        .expect("the user for tests may make and remove databases");
}

/// The server for tests: named by `POSTERN_TEST_POSTGRES`, else a local one.
async fn server() -> Option<String> {
    if let Some(url) = setting("POSTERN_TEST_POSTGRES") {
        PgConnection::connect(&url)
            .await
            .expect("POSTERN_TEST_POSTGRES can be connected to");
        return Some(url);
    }
    for url in [
        "postgres:///postgres",
        "postgres://127.0.0.1/postgres",
        "postgres://postgres@127.0.0.1/postgres",
    ] {
        if PgConnection::connect(url).await.is_ok() {
            return Some(url.to_owned());
        }
    }
    skipped("there is no PostgreSQL; name one by POSTERN_TEST_POSTGRES");
    None
}

/// The same server, another database; what stands behind the `?` stays.
fn with_database(url: &str, name: &str) -> String {
    let (base, query) = url
        .split_once('?')
        .map_or((url, None), |(base, query)| (base, Some(query)));
    let scheme = base.find("://").map_or(0, |at| at + 3);
    let end = base[scheme..].find('/').map_or(base.len(), |at| scheme + at);
    let query = query.map(|query| format!("?{query}")).unwrap_or_default();
    format!("{}/{name}{query}", &base[..end])
}
