//! What a request's resolvers know: the product, who asks, and what that one may read.

use async_graphql::Context;
use hub::View;

use super::driver::Driver;
use super::error::{Failure, Outcome};
use super::loader::Reader;
use crate::auth::{Principal, Scope};
use crate::boot::App;

/// Who asks, and of what.
pub struct Asker {
    /// The product.
    pub app: App,
    /// Who asks.
    pub principal: Principal,
    reader: Option<Reader>,
}

impl Asker {
    /// The asker of one request, and what drives its batches, if it may read at all.
    pub fn of(app: App, principal: Principal, query: &str) -> (Self, Option<Driver>) {
        let view = principal.view(&app.hub, Scope::ActivitiesRead);
        let (reader, driver) = view.map(|view| Reader::of(view, query)).ok().unzip();
        (Self { app, principal, reader }, driver)
    }

    /// What the asker may read.
    pub fn reader(&self) -> Outcome<&Reader> {
        match &self.reader {
            Some(reader) => Ok(reader),
            None => Err(self.forbidden(Scope::ActivitiesRead)),
        }
    }

    /// What the asker may read with that scope.
    pub fn view(&self, scope: Scope) -> Outcome<View> {
        Ok(self.principal.view(&self.app.hub, scope)?)
    }

    fn forbidden(&self, scope: Scope) -> Failure {
        crate::auth::Forbidden(scope).into()
    }

    /// A source's name for people.
    pub fn source_name<'a>(&'a self, slug: &'a domain::SourceSlug) -> &'a str {
        self.app.sources.iter().find(|known| known.slug == *slug).map_or(slug.as_str(), |known| known.name.as_str())
    }
}

/// The asker of this request.
pub fn asker<'a>(ctx: &Context<'a>) -> &'a Asker {
    // Nothing is executed without one: it is put in by `http::graphql`, the only caller of the executor.
    ctx.data_unchecked::<Asker>()
}

/// What the asker of this request may read.
pub fn reader<'a>(ctx: &Context<'a>) -> Outcome<&'a Reader> {
    asker(ctx).reader()
}
