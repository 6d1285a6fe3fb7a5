//! A storage for tests that is full from a chosen step on.

use std::fmt;
use std::io;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use futures_util::stream::BoxStream;
use object_store::path::Path;
use object_store::{
    CopyOptions, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore,
    PutMultipartOptions, PutOptions, PutPayload, PutResult, RenameOptions, Result, UploadPart,
};

/// Passes everything on but the step at which the disk is full.
#[derive(Debug)]
pub struct FullStore {
    inner: Arc<dyn ObjectStore>,
    step: &'static str,
}

impl FullStore {
    pub const BEGIN: &'static str = "begin";
    pub const PART: &'static str = "part";
    pub const COMPLETE: &'static str = "complete";
    pub const RENAME: &'static str = "rename";

    pub fn new(inner: Arc<dyn ObjectStore>, step: &'static str) -> Self {
        FullStore { inner, step }
    }
}

fn full() -> object_store::Error {
    let source = Box::new(io::Error::from(io::ErrorKind::StorageFull));
    object_store::Error::Generic {
        store: "test",
        source,
    }
}

impl fmt::Display for FullStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "full at {}", self.step)
    }
}

impl ObjectStore for FullStore {
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
            if self.step == FullStore::BEGIN {
                return Err(full());
            }
            let inner = self.inner.put_multipart_opts(location, options).await?;
            Ok(Box::new(FullUpload {
                inner,
                step: self.step,
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
        if self.step == FullStore::RENAME {
            return Box::pin(async { Err(full()) });
        }
        self.inner.rename_opts(from, to, options)
    }
}

#[derive(Debug)]
struct FullUpload {
    inner: Box<dyn MultipartUpload>,
    step: &'static str,
}

impl MultipartUpload for FullUpload {
    fn put_part(&mut self, data: PutPayload) -> UploadPart {
        let is_full = self.step == FullStore::PART;
        let part = self.inner.put_part(data);
        Box::pin(async move {
            // As on a real disk: something was written before it was full.
            part.await?;
            if is_full { Err(full()) } else { Ok(()) }
        })
    }

    fn complete<'a, 'c>(&'a mut self) -> BoxFuture<'c, Result<PutResult>>
    where
        'a: 'c,
        Self: 'c,
    {
        if self.step == FullStore::COMPLETE {
            return Box::pin(async { Err(full()) });
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
