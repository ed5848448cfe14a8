//! cross_site
