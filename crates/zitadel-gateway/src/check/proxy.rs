//! Where the gateway listens, what browsers call it, and which peers it trusts as proxies.

use ipnet::IpNet;
use url::Url;
use zitadel_axum::core::is_loopback;

use super::{Context, code::Code, report::Report};

pub(super) fn check(context: &Context, report: &mut Report) {
    if let Some(url) = context.redirect_uri().and_then(|uri| Url::parse(&uri).ok()) {
        public_origin(context, &url, report);
    }
    trusted_proxies(context, report);
}

/// A proxy in front of the gateway may have any address; on loopback without TLS there is usually none.
fn public_origin(context: &Context, redirect_uri: &Url, report: &mut Report) {
    let origin = redirect_uri.origin().ascii_serialization();
    let listen = context.settings.listen;
    let is_direct = redirect_uri.scheme() == "http" && is_loopback(redirect_uri);
    if is_direct && listen.port() != 0 && redirect_uri.port_or_known_default() != Some(listen.port()) {
        report.add(Code::PublicOriginDiffers, format!("Browsers use {origin}, and the gateway listens at {listen}."));
    } else {
        report.add(Code::PublicOriginOk, format!("Browsers use {origin}; the gateway listens at {listen}."));
    }
}

fn trusted_proxies(context: &Context, report: &mut Report) {
    let blocks: Vec<IpNet> = context.settings.forward_auth.trusted_proxies().collect();
    let list = |blocks: &[IpNet]| blocks.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let select = |is_so: fn(&IpNet) -> bool| blocks.iter().copied().filter(is_so).collect::<Vec<_>>();
    let (everyone, wide) = (select(is_everyone), select(is_wide));
    if !everyone.is_empty() {
        report.add(Code::TrustedProxiesEveryone, format!("TRUSTED_PROXIES has {}.", list(&everyone)));
    } else if !wide.is_empty() {
        report.add(Code::TrustedProxiesWide, format!("TRUSTED_PROXIES has {}.", list(&wide)));
    } else if !context.settings.listen.ip().is_loopback() && blocks.iter().all(|block| block.network().is_loopback()) {
        let listen = context.settings.listen;
        report.add(
            Code::TrustedProxiesMissing,
            format!("The gateway listens at {listen}, and trusts this machine only."),
        );
    } else {
        report.add(Code::TrustedProxiesOk, format!("Trusted are {}.", list(&blocks)));
    }
}

/// The whole internet, or a part of it that no network has.
fn is_everyone(block: &IpNet) -> bool {
    block.prefix_len() < 8 && !block.network().is_loopback()
}

/// More addresses than a network of proxies needs: it is then the network that clients are in, too.
fn is_wide(block: &IpNet) -> bool {
    let (private, public) = match block {
        IpNet::V4(_) => (16, 24),
        IpNet::V6(_) => (48, 64),
    };
    let is_private = match block {
        IpNet::V4(block) => block.network().is_private() || block.network().is_link_local(),
        IpNet::V6(block) => block.network().is_unique_local() || block.network().is_unicast_link_local(),
    };
    !block.network().is_loopback() && block.prefix_len() < if is_private { private } else { public }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_size_of_a_block_and_whether_it_is_private_decide() {
        let judge = |text: &str| {
            let block = text.parse().unwrap();
            (is_everyone(&block), is_wide(&block))
        };
        for everyone in ["0.0.0.0/0", "128.0.0.0/1", "::/0", "2000::/3"] {
            assert!(judge(everyone).0, "{everyone}");
        }
        for wide in ["10.0.0.0/8", "172.16.0.0/12", "203.0.113.0/23", "fd00::/8", "2001:db8::/48"] {
            assert_eq!(judge(wide), (false, true), "{wide}");
        }
        for narrow in ["127.0.0.0/8", "::1/128", "10.1.0.0/16", "203.0.113.0/24", "fd00:1:2::/48", "192.0.2.1/32"] {
            assert_eq!(judge(narrow), (false, false), "{narrow}");
        }
    }
}
