// Copyright (c) 2026 The settle authors
// SPDX-License-Identifier: BSL-1.0

#include "identity.hpp"

#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <memory>
#include <stdexcept>

namespace tls {
namespace {

void check(bool done)
{
    if (!done)
        throw std::runtime_error("OpenSSL cannot make a certificate");
}

} // namespace

boost::asio::ssl::context make_server_identity()
{
    const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(EVP_EC_gen("P-256"),
                                                                  EVP_PKEY_free);
    const std::unique_ptr<X509, decltype(&X509_free)> certificate(X509_new(), X509_free);
    check(key != nullptr && certificate != nullptr);
    auto* const made = certificate.get();
    check(ASN1_INTEGER_set(X509_get_serialNumber(made), 1) == 1);
    check(X509_gmtime_adj(X509_getm_notBefore(made), -3600) != nullptr);
    check(X509_gmtime_adj(X509_getm_notAfter(made), 24 * 3600) != nullptr);
    auto* const name = X509_get_subject_name(made);
    check(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                                     reinterpret_cast<const unsigned char*>("localhost"), -1, -1,
                                     0) == 1);
    check(X509_set_issuer_name(made, name) == 1);
    check(X509_set_pubkey(made, key.get()) == 1);
    check(X509_sign(made, key.get(), EVP_sha256()) > 0);

    boost::asio::ssl::context context(boost::asio::ssl::context::tls_server);
    check(SSL_CTX_use_certificate(context.native_handle(), made) == 1);
    check(SSL_CTX_use_PrivateKey(context.native_handle(), key.get()) == 1);
    return context;
}

} // namespace tls
