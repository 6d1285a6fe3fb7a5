//! A storage for tests that fails at a chosen step, for a while or for ever.

use std::fmt;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use futures_util::future::BoxFuture;
use futures_util::stream::BoxStream;
use object_store::path::Path;
use object_store::{
    CopyOptions, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore,
    PutMultipartOptions, PutOptions, PutPayload, PutResult, RenameOptions, Result, UploadPart,
};

/// Passes everything on but the step that fails.
#[derive(Clone, Debug)]
pub struct FailingStore {
    inner: Arc<dyn ObjectStore>,
    step: &'static str,
    kind: io::ErrorKind,
    /// How many times more it passes before it fails.
    passes: Arc<AtomicU64>,
    /// How many times more it fails.
    times: Arc<AtomicU64>,
}

impl FailingStore {
    /// An object is begun.
    pub const BEGIN: &'static str = "begin";
    /// A part is written.
    pub const PART: &'static str = "part";
    /// All parts are put together.
    pub const COMPLETE: &'static str = "complete";
    /// It gets its name.
    pub const RENAME: &'static str = "rename";

    /// One whose disk is full for ever.
    pub fn full(inner: Arc<dyn ObjectStore>, step: &'static str) -> Self {
        FailingStore::new(inner, step, io::ErrorKind::StorageFull, u64::MAX)
    }

    /// One that fails so many times with an error of this kind.
    pub fn new(inner: Arc<dyn ObjectStore>, step: &'static str, kind: io::ErrorKind, times: u64) -> Self {
        FailingStore {
            inner,
            step,
            kind,
            passes: Arc::default(),
            times: Arc::new(AtomicU64::new(times)),
        }
    }

    /// The same, but the step passes so many times first.
    pub fn after(mut self, passes: u64) -> Self {
        self.passes = Arc::new(AtomicU64::new(passes));
        self
    }

    fn fails_at(&self, step: &'static str) -> Result<()> {
        let fewer = |times: u64| times.checked_sub(1);
        let takes_one = |number: &AtomicU64| {
            number
                .fetch_update(Ordering::SeqCst, Ordering::SeqCst, fewer)
                .is_ok()
        };
        let fails = self.step == step && !takes_one(&self.passes) && takes_one(&self.times);
        if !fails {
            return Ok(());
        }
        Err(object_store::Error::Generic {
            store: "test",
            source: Box::new(io::Error::from(self.kind)),
        })
    }
}

impl fmt::Display for FailingStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} at {}", self.kind, self.step)
    }
}

impl ObjectStore for FailingStore {
    fn put_opts<'a, 'b, 'c>(
        &'a self,
        location: &'b Path,
        payload: PutPayload,
        options: PutOptions,
    ) -> BoxFuture<'c, Result<PutResult>>
    where
        'a: 'c,
        'b: 'c,
        Self: 'c,
    {
        self.inner.put_opts(location, payload, options)
    }

    fn put_multipart_opts<'a, 'b, 'c>(
        &'a self,
        location: &'b Path,
        options: PutMultipartOptions,
    ) -> BoxFuture<'c, Result<Box<dyn MultipartUpload>>>
    where
        'a: 'c,
        'b: 'c,
        Self: 'c,
    {
        Box::pin(async move {
            self.fails_at(FailingStore::BEGIN)?;
            let inner = self.inner.put_multipart_opts(location, options).await?;
            Ok(Box::new(FailingUpload {
                inner,
                store: self.clone(),
            }) as Box<dyn MultipartUpload>)
        })
    }

    fn get_opts<'a, 'b, 'c>(
        &'a self,
        location: &'b Path,
        options: GetOptions,
    ) -> BoxFuture<'c, Result<GetResult>>
    where
        'a: 'c,
        'b: 'c,
        Self: 'c,
    {
        self.inner.get_opts(location, options)
    }

    fn delete_stream(&self, locations: BoxStream<'static, Result<Path>>) -> BoxStream<'static, Result<Path>> {
        self.inner.delete_stream(locations)
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        self.inner.list(prefix)
    }

    fn list_with_delimiter<'a, 'b, 'c>(
        &'a self,
        prefix: Option<&'b Path>,
    ) -> BoxFuture<'c, Result<ListResult>>
    where
        'a: 'c,
        'b: 'c,
        Self: 'c,
    {
        self.inner.list_with_delimiter(prefix)
    }

    fn copy_opts<'a, 'b, 'd, 'c>(
        &'a self,
        from: &'b Path,
        to: &'d Path,
        options: CopyOptions,
    ) -> BoxFuture<'c, Result<()>>
    where
        'a: 'c,
        'b: 'c,
        'd: 'c,
        Self: 'c,
    {
        self.inner.copy_opts(from, to, options)
    }

    fn rename_opts<'a, 'b, 'd, 'c>(
        &'a self,
        from: &'b Path,
        to: &'d Path,
        options: RenameOptions,
    ) -> BoxFuture<'c, Result<()>>
    where
        'a: 'c,
        'b: 'c,
        'd: 'c,
        Self: 'c,
    {
        if let Err(error) = self.fails_at(FailingStore::RENAME) {
            return Box::pin(async { Err(error) });
        }
        self.inner.rename_opts(from, to, options)
    }
}

#[derive(Debug)]
struct FailingUpload {
    inner: Box<dyn MultipartUpload>,
    store: FailingStore,
}

impl MultipartUpload for FailingUpload {
    fn put_part(&mut self, data: PutPayload) -> UploadPart {
        let failed = self.store.fails_at(FailingStore::PART);
        let part = self.inner.put_part(data);
        Box::pin(async move {
            // As on a real disk: something was written before it was full.
            part.await?;
            failed
        })
    }

    fn complete<'a, 'c>(&'a mut self) -> BoxFuture<'c, Result<PutResult>>
    where
        'a: 'c,
        Self: 'c,
    {
        if let Err(error) = self.store.fails_at(FailingStore::COMPLETE) {
            return Box::pin(async { Err(error) });
        }
        self.inner.complete()
    }

    fn abort<'a, 'c>(&'a mut self) -> BoxFuture<'c, Result<()>>
    where
        'a: 'c,
        Self: 'c,
    {
        self.inner.abort()
    }
}
