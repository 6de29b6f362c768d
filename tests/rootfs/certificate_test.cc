// The console's certificate.
#include "rootfs/first-boot/certificate.h"

#include <gtest/gtest.h>
#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <ctime>
#include <memory>

namespace lintel::first_boot {
namespace {

TEST(Certificate, is_of_its_key_and_its_host_and_of_no_other) {
  const auto key = make_key(), other = make_key();
  ASSERT_TRUE(key && other);
  EXPECT_NE(*key, *other);
  const auto certificate = make_certificate(*key, "lintel-1234.local");
  ASSERT_TRUE(certificate);
  EXPECT_TRUE(belongs(*certificate, *key, "lintel-1234.local"));
  EXPECT_TRUE(belongs(*certificate, *key, "localhost"));
  EXPECT_FALSE(belongs(*certificate, *other, "lintel-1234.local"));
  EXPECT_FALSE(belongs(*certificate, *key, "lintel-12345.local"));
  EXPECT_FALSE(belongs("", *key, "lintel-1234.local"));
  EXPECT_FALSE(belongs(certificate->substr(0, 200), *key, "lintel-1234.local"));
  EXPECT_FALSE(make_certificate("", "lintel-1234.local"));
}

TEST(Certificate, is_of_p256_signed_by_itself_and_holds_for_more_than_ten_years) {
  const auto key = make_key();
  const auto text = make_certificate(*key, "lintel-1234.local");
  const std::unique_ptr<BIO, int (*)(BIO*)> bio(
      BIO_new_mem_buf(text->data(), static_cast<int>(text->size())), BIO_free);
  const std::unique_ptr<X509, void (*)(X509*)> certificate(
      PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr), X509_free);
  ASSERT_TRUE(certificate);
  EXPECT_EQ(1, X509_self_signed(certificate.get(), 1));
  EXPECT_EQ(256, EVP_PKEY_get_bits(X509_get0_pubkey(certificate.get())));
  time_t build = 1'790'000'000, later = build + 12L * 366 * 86'400;
  EXPECT_EQ(-1, X509_cmp_time(X509_get0_notBefore(certificate.get()), &build));
  EXPECT_EQ(1, X509_cmp_time(X509_get0_notAfter(certificate.get()), &later));
}

}  // namespace
}  // namespace lintel::first_boot
