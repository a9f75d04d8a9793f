//! The way to and from tower: services become handlers, layers middleware, handlers services.

use std::convert::Infallible;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use highper_core::{
    Body, BoxError, BoxFuture, BoxHandler, CatchPanic, Error, Handler, IntoResponse,
    MiddlewareStack, Request, Response,
};
use tower_layer::Layer;
use tower_service::Service;

/// A tower service as a handler: an axum `Router`, a tonic server, a `ServeDir`.
///
/// # Example
/// ```
/// # use highper_core::{Handler, Request};
/// # use highper_middleware::TowerHandler;
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// let router = axum::Router::new().route("/old", axum::routing::get(|| async { "still here" }));
/// let response = TowerHandler::new(router).call(Request::get("/old")).await;
/// assert_eq!(response.into_body().collect().await.unwrap(), "still here");
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct TowerHandler<S> {
    service: S,
}

impl<S> TowerHandler<S> {
    /// Makes a service a handler. It is cloned for each request, as tower's own servers do.
    pub fn new(service: S) -> Self {
        Self { service }
    }
}

impl<S, B> Handler for TowerHandler<S>
where
    S: Service<http::Request<Body>, Response = http::Response<B>> + Clone + Send + Sync + 'static,
    S::Error: Into<BoxError> + Send,
    S::Future: Send,
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    async fn call(&self, request: Request) -> Response {
        let answer = async {
            let mut service = self.service.clone();
            if let Err(error) = std::future::poll_fn(|cx| service.poll_ready(cx)).await {
                return Error::internal(error).into_response();
            }
            match service.call(request.into()).await {
                Ok(response) => response.map(Body::wrap).into(),
                Err(error) => Error::internal(error).into_response(),
            }
        };
        // As for every other middleware: those around it still add what is theirs.
        CatchPanic::new(answer).await
    }
}

/// A handler as a tower service: to be wrapped by layers, mounted in axum, or served by anything that
/// serves tower services.
///
/// # Example
/// ```
/// # use highper_core::{Body, Handler, IntoResponse, Request, Response, http};
/// # use highper_middleware::HandlerService;
/// # struct Hello;
/// # impl Handler for Hello {
/// #     async fn call(&self, _: Request) -> Response { "hello".into_response() }
/// # }
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// use tower::ServiceExt;
/// let service = HandlerService::new(Hello);
/// let response = service.oneshot(http::Request::new(Body::empty())).await.unwrap();
/// assert_eq!(response.status(), 200);
/// # }
/// ```
#[derive(Debug)]
pub struct HandlerService<H> {
    handler: Arc<H>,
}

impl<H: Handler> HandlerService<H> {
    /// Makes a handler a service.
    pub fn new(handler: H) -> Self {
        Self { handler: Arc::new(handler) }
    }
}

impl<H> Clone for HandlerService<H> {
    fn clone(&self) -> Self {
        Self { handler: Arc::clone(&self.handler) }
    }
}

impl<H, B> Service<http::Request<B>> for HandlerService<H>
where
    H: Handler,
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<B>) -> Self::Future {
        let handler = Arc::clone(&self.handler);
        Box::pin(
            async move { Ok(handler.call(Request::from(request.map(Body::wrap))).await.into()) },
        )
    }
}

/// A tower layer as middleware: around a router, a group or a route, put there once, at boot.
///
/// # Example
/// ```
/// # use highper_core::{Handler, IntoResponse, MiddlewareStack, Request, Response, http};
/// # use highper_middleware::TowerLayer;
/// # struct Hello;
/// # impl Handler for Hello {
/// #     async fn call(&self, _: Request) -> Response { "hello".into_response() }
/// # }
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// use http::{HeaderName, HeaderValue};
/// use tower_http::set_header::SetResponseHeaderLayer;
/// let layer = SetResponseHeaderLayer::overriding(
///     HeaderName::from_static("x-from"),
///     HeaderValue::from_static("tower"),
/// );
/// let response = TowerLayer::new(layer).wrap(Hello).call(Request::get("/")).await;
/// assert_eq!(response.header("x-from").unwrap(), "tower");
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct TowerLayer<L> {
    layer: L,
}

impl<L> TowerLayer<L> {
    /// Makes a layer middleware.
    pub fn new(layer: L) -> Self {
        Self { layer }
    }
}

impl<L, S, B> MiddlewareStack for TowerLayer<L>
where
    L: Layer<HandlerService<BoxHandler>, Service = S> + Clone + Send + Sync + 'static,
    S: Service<http::Request<Body>, Response = http::Response<B>> + Clone + Send + Sync + 'static,
    S::Error: Into<BoxError> + Send,
    S::Future: Send,
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    fn wrap<H: Handler>(self, next: H) -> impl Handler {
        TowerHandler::new(self.layer.layer(HandlerService::new(BoxHandler::new(next))))
    }

    fn shared(self) -> impl MiddlewareStack + Clone {
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Echo;

    impl Handler for Echo {
        async fn call(&self, mut request: Request) -> Response {
            let body = request.read_body().await.unwrap();
            (http::StatusCode::ACCEPTED, body).into_response()
        }
    }

    #[tokio::test]
    async fn a_handler_in_axum_in_a_handler_answers_as_it_does_alone() {
        let router = axum::Router::new().fallback_service(HandlerService::new(Echo));
        let response = TowerHandler::new(router).call(Request::post("/x", "body")).await;
        assert_eq!(response.status(), 202);
        assert_eq!(response.into_body().collect().await.unwrap(), "body");
    }

    #[tokio::test]
    async fn a_service_that_panics_answers_500() {
        let service = tower::service_fn(|_: http::Request<Body>| async {
            if true {
                panic!("out of tea");
            }
            Ok::<_, Infallible>(http::Response::new(Body::empty()))
        });
        let response = TowerHandler::new(service).call(Request::get("/")).await;
        assert_eq!(response.status(), 500);
    }

    #[tokio::test]
    async fn a_layer_that_changes_the_body_type_fits() {
        struct Long;
        impl Handler for Long {
            async fn call(&self, _: Request) -> Response {
                "long ".repeat(1000).into_response()
            }
        }
        let stack = TowerLayer::new(tower_http::compression::CompressionLayer::new()).shared();
        let request = Request::get("/").with_header("accept-encoding", "gzip");
        let response = stack.wrap(Long).call(request).await;
        assert_eq!(response.header("content-encoding").unwrap(), "gzip");
        assert!(response.into_body().collect().await.unwrap().len() < 1000);
    }
}
