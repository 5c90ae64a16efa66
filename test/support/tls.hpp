// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include "loopback.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>

#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <memory>
#include <stdexcept>

namespace support {

/// A key and a certificate signed by itself, made anew in every run of the program.
class self_signed {
public:
    self_signed()
        : key_(EVP_EC_gen("P-256"), EVP_PKEY_free)
        , certificate_(X509_new(), X509_free)
    {
        check(key_ != nullptr && certificate_ != nullptr);
        X509* const certificate = certificate_.get();
        ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
        X509_gmtime_adj(X509_getm_notBefore(certificate), -3600);
        X509_gmtime_adj(X509_getm_notAfter(certificate), 24 * 3600);
        auto* const name = X509_get_subject_name(certificate);
        check(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                                         reinterpret_cast<const unsigned char*>("localhost"), -1,
                                         -1, 0) == 1);
        check(X509_set_issuer_name(certificate, name) == 1);
        check(X509_set_pubkey(certificate, key_.get()) == 1);
        check(X509_sign(certificate, key_.get(), EVP_sha256()) > 0);
    }

    void serve(boost::asio::ssl::context& context) const
    {
        check(SSL_CTX_use_certificate(context.native_handle(), certificate_.get()) == 1);
        check(SSL_CTX_use_PrivateKey(context.native_handle(), key_.get()) == 1);
    }

    void trust(boost::asio::ssl::context& context) const
    {
        check(X509_STORE_add_cert(SSL_CTX_get_cert_store(context.native_handle()),
                                  certificate_.get()) == 1);
        context.set_verify_mode(boost::asio::ssl::verify_peer);
    }

private:
    static void check(bool done)
    {
        if (!done)
            throw std::runtime_error("OpenSSL cannot make a certificate");
    }

    std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key_;
    std::unique_ptr<X509, decltype(&X509_free)> certificate_;
};

/// What the two sides of every test's connection share.
struct tls_contexts {
    tls_contexts()
    {
        const self_signed identity;
        identity.serve(server);
        identity.trust(client);
    }

    static tls_contexts& get()
    {
        static tls_contexts contexts;
        return contexts;
    }

    boost::asio::ssl::context client{boost::asio::ssl::context::tls_client};
    boost::asio::ssl::context server{boost::asio::ssl::context::tls_server};
};

/// Two TLS streams over connected sockets, before their handshake.
struct tls_pair {
    using stream = boost::asio::ssl::stream<boost::asio::ip::tcp::socket>;

    explicit tls_pair(boost::asio::io_context& context)
        : tls_pair(tcp_pair(context))
    {
    }

    explicit tls_pair(tcp_pair sockets)
        : client(std::move(sockets.client), tls_contexts::get().client)
        , server(std::move(sockets.server), tls_contexts::get().server)
    {
    }

    /// Brings both through the handshake, which needs the loop.
    void shake_hands(boost::asio::io_context& context)
    {
        const auto done = [](boost::system::error_code code) {
            if (code)
                throw boost::system::system_error(code);
        };
        client.async_handshake(boost::asio::ssl::stream_base::client, done);
        server.async_handshake(boost::asio::ssl::stream_base::server, done);
        context.run();
        context.restart();
    }

    /// The server reads until the client shuts down, and then shuts down too.
    void answer_shutdown()
    {
        server.async_read_some(boost::asio::buffer(ignored),
                               [this](boost::system::error_code code, std::size_t) {
                                   if (!code)
                                       answer_shutdown();
                                   else if (code == boost::asio::error::eof)
                                       server.async_shutdown([](boost::system::error_code) {});
                               });
    }

    stream client;
    stream server;
    std::array<char, 64> ignored{};
};

} // namespace support
